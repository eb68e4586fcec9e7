"""Tests of the onboarding business: the domain alone, and the machines on the engine."""
