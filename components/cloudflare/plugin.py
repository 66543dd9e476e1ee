"""What the dynamic providers share: where the token comes from, and how errors are shown."""

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pulumi.dynamic import ConfigureRequest

from components.cloudflare.api import Api, CloudflareError

P = ParamSpec("P")
Result = TypeVar("Result")


def configured(request: ConfigureRequest) -> Api:
    """The API with the token of configuration or environment, as the published plugin looks.

    The engine hands the whole configuration over, in clear, in memory only.
    """
    return Api.configured(lambda key: request.config.get(f"cloudflare:{key}"))


def spoken(method: Callable[P, Result]) -> Callable[P, Result]:
    """Show a CloudflareError by its words alone: this process has no other reader of its stack."""

    @functools.wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return method(*args, **kwargs)
        except CloudflareError:
            sys.tracebacklimit = 0
            raise

    return wrapper
