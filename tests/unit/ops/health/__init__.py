"""The judging, and what it is fed with."""
