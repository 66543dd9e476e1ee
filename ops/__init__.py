"""bin/ops: the user's tool for day 2. It knows a stack by its outputs alone."""
