"""bin/ops regions."""
