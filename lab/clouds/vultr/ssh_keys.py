"""SSH keys of the account; one key may be there twice."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.public_keys import key_blob
from lab.clouds.vultr.account import Account
from lab.clouds.vultr.errors import invalid
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import body_of, text


def _public_key(body: Record) -> str:
    key = text(body, "ssh_key", required=True)
    if key_blob(key) is None:
        raise invalid("Invalid SSH key")
    return key


class SshKeys:
    """The endpoints under /ssh-keys."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("ssh_keys")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/ssh-keys", self._index),
            Route("/ssh-keys", self._create, methods=["POST"]),
            Route("/ssh-keys/{id}", self._show),
            Route("/ssh-keys/{id}", self._update, methods=["PATCH"]),
            Route("/ssh-keys/{id}", self._delete, methods=["DELETE"]),
        ]

    async def _index(self, request: Request) -> Response:
        return listing(request, "ssh_keys", self._table.values())

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        draft = {"name": text(body, "name", required=True), "ssh_key": _public_key(body)}
        made = self._account.store.add("ssh_keys", draft)
        self._account.store.save()
        return JSONResponse({"ssh_key": made}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"ssh_key": self._account.of("ssh_keys", request)})

    async def _update(self, request: Request) -> Response:
        key, body = self._account.of("ssh_keys", request), await body_of(request)
        if "name" in body:
            key["name"] = text(body, "name", required=True)
        if "ssh_key" in body:
            key["ssh_key"] = _public_key(body)
        self._account.store.save()
        return Response(status_code=204)

    async def _delete(self, request: Request) -> Response:
        del self._table[self._account.of("ssh_keys", request)["id"]]
        self._account.store.save()
        return Response(status_code=204)
