"""What runs on a host to look at it: the standard library alone, sent over one ssh session."""
