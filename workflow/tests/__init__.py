"""One file per promise of the engine."""
