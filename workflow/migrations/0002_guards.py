"""The guards that SQL alone can carry: time, append-only history, status edges, storage of the hot tables."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def run(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / f"{name}.sql").read_text(), (SQL / f"{name}.reverse.sql").read_text())


class Migration(migrations.Migration):
    dependencies = (("workflow", "0001_initial"),)
    operations = tuple(run(name) for name in ("workflow_now", "append_only", "status_guard", "storage"))
