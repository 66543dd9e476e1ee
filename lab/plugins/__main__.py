"""`python -m lab.plugins --lab NAME`: install the plugins of a running lab's WSL host."""

import argparse
import sys

from lab.cache import BuildError
from lab.hoststate import HostError
from lab.plugins.wsl import ensure_plugins


def main() -> None:
    """Install, with a line for what is done."""
    parser = argparse.ArgumentParser(prog="lab.plugins", description=__doc__)
    parser.add_argument("--lab", default="rehearsal", help="the lab's name")
    try:
        ensure_plugins(parser.parse_args().lab, report=print)
    except (BuildError, HostError) as error:
        sys.exit(f"lab.plugins: {error}")


if __name__ == "__main__":
    main()
