"""bin/audit: what tools that nobody here wrote say of a deployment in the lab, and of the code."""
