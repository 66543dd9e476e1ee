"""A plugin made as the published one is, of Go modules; where nobody can download that one."""
