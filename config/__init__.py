"""The project: settings, addresses, entry points, and the tests that look across all applications."""
