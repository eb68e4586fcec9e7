"""Campaigns: real processes on a database of their own are killed, stopped, cut off and restarted while they work.

Read `crew.py` (the processes), `databases.py` (a fresh database each), `customers.py` (onboardings), `verdicts.py`
(what must hold afterwards), then any test. Short counts run with the tests, the full ones with `make soak`, which tells
its figures with SOAK_ARGS=--log-cli-level=INFO.
"""
