"""`bin/ops status --html`: the path as a picture, on one page that needs nothing else."""
