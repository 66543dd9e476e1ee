"""Startup scripts: run at an instance's first boot."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.errors import invalid
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.store import Record, now
from lab.clouds.vultr.validation import body_of, decoded, text

TYPES = ("boot", "pxe")


class StartupScripts:
    """The endpoints under /startup-scripts; `script` travels and is kept in base64."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("startup_scripts")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/startup-scripts", self._index),
            Route("/startup-scripts", self._create, methods=["POST"]),
            Route("/startup-scripts/{id}", self._show),
            Route("/startup-scripts/{id}", self._update, methods=["PATCH"]),
            Route("/startup-scripts/{id}", self._delete, methods=["DELETE"]),
        ]

    async def _index(self, request: Request) -> Response:
        def without_text(script: Record) -> Record:
            return {key: value for key, value in script.items() if key != "script"}

        return listing(request, "startup_scripts", self._table.values(), render=without_text)

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        text(body, "name", required=True)
        text(body, "script", required=True)
        script = {"name": "", "script": "", "type": "boot", "date_modified": now()}
        made = self._account.store.add("startup_scripts", {**script, **_given(body)})
        self._account.store.save()
        return JSONResponse({"startup_script": made}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"startup_script": self._account.of("startup_scripts", request)})

    async def _update(self, request: Request) -> Response:
        script = self._account.of("startup_scripts", request)
        script.update(_given(await body_of(request)), date_modified=now())
        self._account.store.save()
        return Response(status_code=204)

    async def _delete(self, request: Request) -> Response:
        del self._table[self._account.of("startup_scripts", request)["id"]]
        self._account.store.save()
        return Response(status_code=204)


def _given(body: Record) -> Record:
    """The fields that the request names, checked."""
    given: Record = {
        field: text(body, field) for field in ("name", "script", "type") if field in body
    }
    if given.get("type", "boot") not in TYPES:
        raise invalid("Invalid type: expected boot or pxe")
    decoded(given, "script")
    return given
