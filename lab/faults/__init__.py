"""`bin/lab faults`: breaks one thing at a time, and asks bin/ops what is broken."""
