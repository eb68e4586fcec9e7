"""An application whose steps leave traces, wait for a gate, or kill their worker; known in the campaigns alone."""
