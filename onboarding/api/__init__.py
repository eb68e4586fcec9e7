"""Onboarding over HTTP: what client applications ask for their users, and what providers tell us."""
