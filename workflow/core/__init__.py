"""The pure core: no Django, no clock, no randomness. Read events, history, run, machine, in this order."""
