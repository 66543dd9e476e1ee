"""What the program builds: one module per noun of the architecture."""
