"""bin/ops: from the command line to what ssh is given."""
