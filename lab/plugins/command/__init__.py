"""Stand-in for the `command` plugin: steps on this machine and, over SSH, on others.

It behaves as the published one does, traps included, but for one thing: without `hostKey` the
published plugin takes any host key; this one refuses to connect.
"""
