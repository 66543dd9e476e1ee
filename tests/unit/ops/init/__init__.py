"""bin/ops init."""
