"""Stand-in for the `command` plugin: steps on this machine and, over SSH, on others.

It behaves as the published one does, traps included, but for four things. Without `hostKey` the
published plugin takes any host key; this one refuses to connect. A line of output that would make
the published plugin hang is an error. Ctrl-C ends what a local command started and asks a remote
host to end its command, where the published plugin waits for them. A private key that cannot be
read is not shown.
"""
