"""The whole system on one machine: PostgreSQL, web, workers, queue, simulated outside world, each restarted alone.

Read `system.py` first; `places.py` says where everything lies, `environment.py` what every process is told,
`programs.py` which processes there are, `supervision.py` how they are kept alive, `leftovers.py` how none stays behind.
"""

from tooling.system.system import System, SystemFailed

__all__ = ["System", "SystemFailed"]
