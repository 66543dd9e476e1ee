"""What was changed by hand on the hosts since the last run, and how this run puts it back."""
