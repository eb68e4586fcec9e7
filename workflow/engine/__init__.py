"""The engine: the only writers of workflow rows. Read turn, journal, leases, recovery, in this order."""
