"""Tests of the admin: who may see and do what, that every action acts once, and that screens stay readable and fast."""
