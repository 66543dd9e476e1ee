"""End to end, in the lab: the truth."""
