"""Queues as hosts, with real clusters."""
