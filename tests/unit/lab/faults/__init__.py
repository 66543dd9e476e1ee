"""bin/lab faults."""
