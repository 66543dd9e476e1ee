"""Errors of the dynamic providers whose words say all."""

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Result = TypeVar("Result")


def without_traceback(
    *errors: type[Exception],
) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Show these errors by their words alone: that process has no other reader of its stack."""

    def decorate(method: Callable[P, Result]) -> Callable[P, Result]:
        @functools.wraps(method)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> Result:
            try:
                return method(*args, **kwargs)
            except errors:
                sys.tracebacklimit = 0
                raise

        return wrapper

    return decorate
