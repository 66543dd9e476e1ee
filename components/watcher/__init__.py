"""The program that watches a stack from its VPS: canary, metrics, alerts.

It runs there under the system's own Python (3.9 or later) with nothing but the standard library,
and knows nothing of the rest of this repository. ADR 0017 tells why it is not a set of exporters.
"""
