"""Stand-in for the `vultr` provider plugin, over plain HTTP."""
