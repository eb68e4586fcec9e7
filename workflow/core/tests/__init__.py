"""Unit tests of the core: pure and fast, without a database."""
