"""Stand-ins for Windows around the lab's WSL host: its C: drive, and the programs that are called.

They write down every call and refuse what the documentation says the real ones refuse. They do not
start or stop a distribution: nothing in the lab sleeps.
"""
