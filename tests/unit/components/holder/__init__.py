"""The program that holds the tunnel."""
