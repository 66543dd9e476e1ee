"""bin/bench."""

from bench.cli import main

main()
