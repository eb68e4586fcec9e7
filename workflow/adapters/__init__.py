"""Adapters: what connects the engine to things that others run. Each may be absent."""
