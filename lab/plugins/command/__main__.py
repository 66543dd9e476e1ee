"""`python -m lab.plugins.command ENGINE-ADDRESS`, as the engine starts it."""

import sys
from importlib.metadata import version

from lab.plugins.command.server import serve


def main() -> None:
    """Serve until the engine ends the process."""
    addresses = [word for word in sys.argv[1:] if not word.startswith("-")]
    serve(addresses[0] if addresses else "", version=version("pulumi-command"))


if __name__ == "__main__":
    main()
