"""`python -m lab.plugins.command VERSION ENGINE-ADDRESS`, as its executable starts it."""

import sys

from lab.plugins.command.engine_log import EngineLog
from lab.plugins.command.provider import CommandProvider
from lab.plugins.serving import serve


def main() -> None:
    """Serve until the engine ends the process."""
    addresses = [word for word in sys.argv[2:] if not word.startswith("-")]
    log = EngineLog(addresses[0] if addresses else "")
    serve(CommandProvider(log), version=sys.argv[1])


if __name__ == "__main__":
    main()
