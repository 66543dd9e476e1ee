"""Runs the command line; a `.venv` from before bin/ops needed a package is told how to get it."""

import sys

try:
    from ops.cli import main
except ModuleNotFoundError as error:
    sys.exit(f"bin/ops: .venv lacks the package {error.name}: run bin/setup")

main()
