"""An app that somebody wrote in a hurry."""
