"""A PostgreSQL server that needs no installation, no root and no useradd, and ends with the process that started it.

    with Postgres() as server:                      # a throw-away cluster
        psycopg.connect(server.url)

    Postgres(Path("var/postgres")).start()          # one that keeps its data

Read `server.py` first; `binaries.py` finds the programs, `identity.py` says which user runs them, `folder.py` and
`cluster.py` hold and make the data, `guardian.py` is the small process between us and the server.
"""

from tooling.postgres.server import Postgres, PostgresFailed

__all__ = ["Postgres", "PostgresFailed"]
