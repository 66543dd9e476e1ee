"""The HTTP APIs of the providers, one package per provider."""
