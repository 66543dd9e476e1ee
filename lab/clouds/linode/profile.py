"""The user whose token it is, and their SSH keys."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.errors import invalid
from lab.clouds.linode.events import USER
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record
from lab.clouds.linode.validation import body_of, public_key, text

LABEL_LENGTH = 64
PROFILE = {
    "uid": 1,
    "username": USER,
    "email": "lab@example.com",
    "timezone": "UTC",
    "email_notifications": False,
    "referrals": {"code": "", "url": "", "total": 0, "completed": 0, "pending": 0, "credit": 0},
    "ip_whitelist_enabled": False,
    "lish_auth_method": "keys_only",
    "authorized_keys": [],
    "two_factor_auth": False,
    "restricted": False,
    "authentication_type": "password",
    "user_type": "default",
    "verified_phone_number": None,
}


class Profile:
    """The endpoints under /profile."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("sshkeys")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/profile", self._profile),
            Route("/profile/sshkeys", self._index),
            Route("/profile/sshkeys", self._create, methods=["POST"]),
            Route("/profile/sshkeys/{id:int}", self._show),
            Route("/profile/sshkeys/{id:int}", self._update, methods=["PUT"]),
            Route("/profile/sshkeys/{id:int}", self._delete, methods=["DELETE"]),
        ]

    async def _profile(self, _: Request) -> Response:
        return JSONResponse(PROFILE)

    async def _index(self, request: Request) -> Response:
        return listing(request, self._table.values(), render=_render)

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        label = _label(body)
        key = public_key(text(body, "ssh_key", required=True), "ssh_key")
        made = self._account.store.add("sshkeys", {"label": label, "ssh_key": key})
        self._account.store.save()
        return JSONResponse(_render(made))

    async def _show(self, request: Request) -> Response:
        return JSONResponse(_render(self._account.of("sshkeys", request)))

    async def _update(self, request: Request) -> Response:
        key = self._account.of("sshkeys", request)
        key["label"] = _label(await body_of(request))
        self._account.store.save()
        return JSONResponse(_render(key))

    async def _delete(self, request: Request) -> Response:
        del self._table[self._account.of("sshkeys", request)["id"]]
        self._account.store.save()
        return JSONResponse({})


def _label(body: Record) -> str:
    label = text(body, "label", required=True)
    if not 0 < len(label) <= LABEL_LENGTH:
        raise invalid("label", f"Length must be 0-{LABEL_LENGTH} characters")
    return label


def _render(key: Record) -> Record:
    return {name: key[name] for name in ("id", "label", "ssh_key", "created")}
