"""`bin/ops doctor`: findings from facts, and an archive of them without secrets."""
