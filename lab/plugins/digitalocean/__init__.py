"""Stand-in for the published plugin `digitalocean`."""
