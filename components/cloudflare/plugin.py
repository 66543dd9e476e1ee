"""What the dynamic providers share: where the token comes from, and how errors are shown."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pulumi.dynamic import ConfigureRequest

from components.cloudflare.api import Api, CloudflareError
from components.tracebacks import without_traceback

P = ParamSpec("P")
Result = TypeVar("Result")


def configured(request: ConfigureRequest) -> Api:
    """The API with the token of configuration or environment, as the published plugin looks.

    The engine hands the whole configuration over, in clear, in memory only.
    """
    return Api.configured(lambda key: request.config.get(f"cloudflare:{key}"))


def plain_errors(method: Callable[P, Result]) -> Callable[P, Result]:
    """Show a CloudflareError by its words alone."""
    return without_traceback(CloudflareError)(method)
