"""Errors of the API as Linode documents them: reasons, each about a field or about none."""

from starlette.responses import JSONResponse

from lab.clouds.service import Refusal

BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, TOO_MANY, BROKEN = 400, 401, 404, 429, 500


class ApiError(Refusal):
    """A refused request: the HTTP status and what is wrong, by field ("" for none)."""

    def __init__(self, status: int, *reasons: tuple[str, str]) -> None:
        super().__init__("; ".join(reason for _, reason in reasons))
        self.status = status
        self.reasons = reasons

    def response(self) -> JSONResponse:
        """The answer: `{"errors": [{"field", "reason"}]}`."""
        errors = [
            {"field": field, "reason": reason} if field else {"reason": reason}
            for field, reason in self.reasons
        ]
        return JSONResponse({"errors": errors}, self.status)


def invalid(field: str, reason: str) -> ApiError:
    """400 about one field; "" for the request as a whole."""
    return ApiError(BAD_REQUEST, (field, reason))


def busy() -> ApiError:
    """400: a job runs on the Linode; clients know these words and try again."""
    return invalid("", "Linode busy.")


def not_found() -> ApiError:
    """404; Linode never says what it was that is not there."""
    return ApiError(NOT_FOUND, ("", "Not found"))


def unsupported(field: str, what: str) -> ApiError:
    """A documented thing that the lab does not imitate."""
    return invalid(field, f"the lab's Linode API does not offer {what}")
