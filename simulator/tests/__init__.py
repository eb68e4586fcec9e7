"""What the simulator promises: it lasts, it misbehaves exactly as scripted, and it tells all of it."""
