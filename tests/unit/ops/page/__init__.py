"""The page of bin/ops status --html."""
