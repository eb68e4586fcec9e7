"""Who is measured; each runs as a process of its own and answers through a file."""
