"""Errors as Vultr tells them: `{"error": "what is wrong", "status": 400}`.

The published provider recognises what is gone by these very words, not by the status. It does not
know those about an instance, which Vultr has changed: to it they are an error.
"""

from starlette.responses import JSONResponse

from lab.clouds.service import Refusal

GONE = {
    "instances": "instance not found",
    "ssh_keys": "Invalid ssh key",
    "firewall_groups": "Firewall group ID not found",
    "firewall_rules": "Firewall rule ID not found",
    "startup_scripts": "Startup script not found",
    "reserved_ips": "Reserved IP not found",
}
"""What is said about a resource that is not there, by kind."""


class ApiError(Refusal):
    """A refused request, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{message} ({status})")
        self.status = status
        self.message = message

    def response(self) -> JSONResponse:
        """The answer."""
        return JSONResponse({"error": self.message, "status": self.status}, self.status)


def invalid(message: str) -> ApiError:
    """400: the request itself is wrong."""
    return ApiError(400, message)


def not_found(kind: str) -> ApiError:
    """404 about one resource of a kind."""
    return ApiError(404, GONE[kind])


def unsupported(what: str) -> ApiError:
    """A documented call that the lab does not imitate."""
    return ApiError(400, f"the lab's Vultr API does not offer {what}")
