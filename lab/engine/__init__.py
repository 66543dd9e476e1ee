"""The Pulumi CLI and its Python language host: found, installed or built. Standard library only."""
