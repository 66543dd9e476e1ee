"""Print the directory that holds `pulumi`, after installing or building it where needed."""

import sys

from lab.cache import BuildError
from lab.engine.build import ensure_engine


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


try:
    print(ensure_engine(report=_say))
except BuildError as problem:
    sys.exit(str(problem))
