"""Stand-in for the `tls` plugin: keys and certificates that live in a stack's state."""
