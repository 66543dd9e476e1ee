"""bin/bench: measures the tunnel in labs of its own, against the direct path and a plain one."""
