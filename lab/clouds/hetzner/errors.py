"""Errors of the API as Hetzner documents them: a code, a message, and details per field."""

from typing import Any

from starlette.responses import JSONResponse

from lab.clouds.service import Refusal

STATUS = {
    "json_error": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "resource_limit_exceeded": 403,
    "not_found": 404,
    "conflict": 409,
    "uniqueness_error": 409,
    "deprecated_api_endpoint": 410,
    "resource_unavailable": 412,
    "locked": 423,
    "protected": 423,
    "rate_limit_exceeded": 429,
    "server_error": 500,
}
"""HTTP status by error code; every other code (`invalid_input` first of all) is 422."""


class ApiError(Refusal):
    """A refused request."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.message = message
        self.details = details

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUS.get(self.code, 422)

    def response(self) -> JSONResponse:
        """The answer: `{"error": {"code", "message", "details"}}`."""
        body = {"code": self.code, "message": self.message, "details": self.details}
        return JSONResponse({"error": body}, self.status)


def invalid(field: str, *reasons: str, message: str | None = None) -> ApiError:
    """`invalid_input` about one field."""
    details = {"fields": [{"name": field, "messages": list(reasons)}]}
    return ApiError("invalid_input", message or f"invalid input in field '{field}'", details)


def not_found(what: str, key: object) -> ApiError:
    """404 about one resource, named as in "server with ID '42' not found"."""
    return ApiError("not_found", f"{what} with ID '{key}' not found")


def not_unique(message: str, field: str) -> ApiError:
    """`uniqueness_error` about one field."""
    details = {"fields": [{"name": field, "messages": [message]}]}
    return ApiError("uniqueness_error", message, details)


def unsupported(what: str) -> ApiError:
    """A documented call that the lab does not imitate."""
    return ApiError("unsupported_error", f"the lab's Hetzner Cloud API does not offer {what}")
