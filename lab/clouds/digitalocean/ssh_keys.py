"""SSH keys of the account."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.errors import not_found, unprocessable
from lab.clouds.digitalocean.listing import listing
from lab.clouds.digitalocean.store import Record
from lab.clouds.digitalocean.validation import body_of, text
from lab.clouds.public_keys import fingerprint, key_blob


class SshKeys:
    """The endpoints under /account/keys; a key is named by its id or its fingerprint."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("ssh_keys")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/account/keys", self._index),
            Route("/account/keys", self._create, methods=["POST"]),
            Route("/account/keys/{key}", self._show),
            Route("/account/keys/{key}", self._update, methods=["PUT"]),
            Route("/account/keys/{key}", self._delete, methods=["DELETE"]),
        ]

    def _of(self, request: Request) -> Record:
        key = request.path_params["key"]
        for each in self._table.values():
            if key in (str(each["id"]), each["fingerprint"]):
                return each
        raise not_found()

    async def _index(self, request: Request) -> Response:
        return listing(request, "ssh_keys", self._table.values())

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        name, public_key = _name(body), text(body, "public_key").strip()
        blob = key_blob(public_key)
        if blob is None:
            raise unprocessable("Key invalid, key should be of the format `TYPE KEY [COMMENT]`")
        print_ = fingerprint(blob)
        if any(each["fingerprint"] == print_ for each in self._table.values()):
            raise unprocessable("SSH Key is already in use on your account")
        record = {"fingerprint": print_, "public_key": public_key, "name": name}
        made = self._account.store.add("ssh_keys", record)
        self._account.store.save()
        return JSONResponse({"ssh_key": made}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"ssh_key": self._of(request)})

    async def _update(self, request: Request) -> Response:
        key = self._of(request)
        key["name"] = _name(await body_of(request))
        self._account.store.save()
        return JSONResponse({"ssh_key": key})

    async def _delete(self, request: Request) -> Response:
        del self._table[self._of(request)["id"]]
        self._account.store.save()
        return Response(status_code=204)


def _name(body: Record) -> str:
    name = text(body, "name")
    if not name:
        raise unprocessable("Name can't be blank")
    return name
