"""The outside world of onboarding: text messages, identity checks, core banking, a directory of users.

Read `ports.py` (what we ask), `errors.py` (what can come back instead of an answer), `http.py` (how it travels),
`registry.py` (who answers).
"""
