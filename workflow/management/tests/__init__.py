"""The commands, run as users run them: as processes of their own."""
