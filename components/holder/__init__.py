"""The program that holds the tunnel on the WSL host: several ssh connections, each supervised.

It runs there under the system's own Python (3.9 or later) with nothing but the standard library,
and knows nothing of the rest of this repository. ADR 0010 tells why it is not autossh.
"""
