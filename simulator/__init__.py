"""The outside world in one process: SMS, identity checks, core banking, with a durable ledger and fault scripts.

Read `README.md`, then `service.py` (how a provider is written), `calls.py` (what happens to a request),
`ledger.py` (how it lasts).
"""
