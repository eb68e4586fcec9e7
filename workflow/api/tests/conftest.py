"""Fixtures of the tests of the HTTP surface."""

from workflow.api.tests.callers import client_with, fresh_counts, staff_with

__all__ = ["client_with", "fresh_counts", "staff_with"]
