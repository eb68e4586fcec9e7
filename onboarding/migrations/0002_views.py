"""The views that operators read: onboardings with what is public of their applicants, and the machines' tables."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def view(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / f"{name}.sql").read_text(), (SQL / f"{name}.reverse.sql").read_text())


class Migration(migrations.Migration):
    dependencies = (("onboarding", "0001_initial"), ("workflow", "0002_guards"))
    operations = tuple(view(name) for name in ("onboarding_instance", "onboarding_transition"))
