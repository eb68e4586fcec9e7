"""Every adapter keeps its port's promises, checked at the other side."""
