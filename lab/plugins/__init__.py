"""Stand-ins for the provider plugins that a machine without internet cannot download."""
