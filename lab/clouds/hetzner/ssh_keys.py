"""SSH keys of the project."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.hetzner.errors import invalid, not_unique
from lab.clouds.hetzner.listing import listing
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.validation import body_of, labels_of, name_of, text
from lab.clouds.public_keys import fingerprint, key_blob


class SshKeys:
    """The endpoints under /ssh_keys."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._table = project.store.table("ssh_keys")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/ssh_keys", self._index),
            Route("/ssh_keys", self._create, methods=["POST"]),
            Route("/ssh_keys/{id:int}", self._show),
            Route("/ssh_keys/{id:int}", self._update, methods=["PUT"]),
            Route("/ssh_keys/{id:int}", self._delete, methods=["DELETE"]),
        ]

    async def _index(self, request: Request) -> Response:
        return listing(request, "ssh_keys", self._table.values(), filters=("name", "fingerprint"))

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        public_key = text(body, "public_key", required=True) or ""
        blob = key_blob(public_key)
        if blob is None:
            raise invalid("public_key", "Not a valid SSH public key.")
        record = {
            "name": name_of(body),
            "fingerprint": fingerprint(blob),
            "public_key": public_key.strip(),
            "labels": labels_of(body),
        }
        for field, told in (("fingerprint", "public_key"), ("name", "name")):
            if any(each[field] == record[field] for each in self._table.values()):
                raise not_unique("SSH key not unique", told)
        made = self._project.store.add("ssh_keys", record)
        self._project.store.save()
        return JSONResponse({"ssh_key": made}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"ssh_key": self._project.of("ssh_keys", request)})

    async def _update(self, request: Request) -> Response:
        key, body = self._project.of("ssh_keys", request), await body_of(request)
        if "name" in body:
            other = self._project.named("ssh_keys", name_of(body))
            if other is not None and other is not key:
                raise not_unique("SSH key not unique", "name")
            key["name"] = name_of(body)
        if "labels" in body:
            key["labels"] = labels_of(body)
        self._project.store.save()
        return JSONResponse({"ssh_key": key})

    async def _delete(self, request: Request) -> Response:
        del self._table[self._project.of("ssh_keys", request)["id"]]
        self._project.store.save()
        return Response(status_code=204)
