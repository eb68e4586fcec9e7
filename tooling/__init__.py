"""What `make` runs: the environment, a PostgreSQL of our own, and the whole system under a supervisor."""
