"""Queues as hosts of the engine's one loop: transports that may lose, repeat or delay anything without harm."""
