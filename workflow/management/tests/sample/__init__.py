"""An application whose workflows take time, fail and stick, for tests with real processes."""
