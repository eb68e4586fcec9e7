"""`manage.py` commands of onboarding."""
