"""Which region is near: latency from this machine, beside what the cheapest size costs there."""
