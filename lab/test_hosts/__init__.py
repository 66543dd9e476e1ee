"""The providers' public test hosts: their real names, each at its own distance from the lab."""
