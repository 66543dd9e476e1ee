"""Errors of the API as DigitalOcean tells them: an id, a message, and the request's own id."""

import uuid

from starlette.responses import JSONResponse

from lab.clouds.service import Refusal

STATUS = {
    "bad_request": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "unprocessable_entity": 422,
    "too_many_requests": 429,
    "server_error": 500,
}
"""HTTP status by the error's id."""


class ApiError(Refusal):
    """A refused request."""

    def __init__(self, error_id: str, message: str) -> None:
        super().__init__(f"{message} ({error_id})")
        self.id = error_id
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUS[self.id]

    def response(self) -> JSONResponse:
        """The answer: `{"id", "message", "request_id"}`."""
        body = {"id": self.id, "message": self.message, "request_id": str(uuid.uuid4())}
        return JSONResponse(body, self.status)


def unprocessable(message: str) -> ApiError:
    """422: understood, and refused."""
    return ApiError("unprocessable_entity", message)


def not_found() -> ApiError:
    """404, which never says what was looked for."""
    return ApiError("not_found", "The resource you requested could not be found.")


def unsupported(what: str) -> ApiError:
    """A documented call that the lab does not imitate."""
    return unprocessable(f"the lab's DigitalOcean API does not offer {what}")
