"""The parts of bin/audit that need no lab."""
