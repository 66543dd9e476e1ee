"""bin/lab."""

from lab.cli import main

main()
