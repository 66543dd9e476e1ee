"""The edge: preflight, records, certificate."""
