"""System checks: each finds what it is for, and our own project has nothing to tell."""
