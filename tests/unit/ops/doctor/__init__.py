"""bin/ops doctor."""
