"""Tests of onboarding's API: the calls of a client application, against the engine and a simulated world."""
