"""Reserved IPs: addresses that stay in the account when an instance goes."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.addresses import PREFIX6, allocate
from lab.clouds.vultr.catalog import REGIONS
from lab.clouds.vultr.errors import invalid, unsupported
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.validation import body_of, text

SIZES = {"v4": 32, "v6": PREFIX6}


class ReservedIps:
    """The endpoints under /reserved-ips."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("reserved_ips")

    def routes(self) -> list[Route]:
        """See the class."""
        one = "/reserved-ips/{id}"
        return [
            Route("/reserved-ips", self._index),
            Route("/reserved-ips", self._create, methods=["POST"]),
            Route(one, self._show),
            Route(one, self._update, methods=["PATCH"]),
            Route(one, self._delete, methods=["DELETE"]),
            Route(f"{one}/attach", self._attach, methods=["POST"]),
            Route(f"{one}/detach", self._detach, methods=["POST"]),
        ]

    async def _index(self, request: Request) -> Response:
        return listing(request, "reserved_ips", self._table.values())

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        region, ip_type = text(body, "region", required=True), text(body, "ip_type", required=True)
        if region not in REGIONS:
            raise invalid("Invalid region.")
        if ip_type not in SIZES:
            raise invalid("Invalid ip_type: expected v4 or v6")
        if text(body, "instance_id"):
            raise unsupported("reserving an address for an instance that exists")
        draft = {
            "region": region,
            "ip_type": ip_type,
            "subnet": allocate(self._account, ip_type),
            "subnet_size": SIZES[ip_type],
            "label": text(body, "label"),
            "instance_id": "",
        }
        made = self._account.store.add("reserved_ips", draft)
        self._account.store.save()
        return JSONResponse({"reserved_ip": made}, 201)

    async def _show(self, request: Request) -> Response:
        return JSONResponse({"reserved_ip": self._account.of("reserved_ips", request)})

    async def _update(self, request: Request) -> Response:
        reserved = self._account.of("reserved_ips", request)
        reserved["label"] = text(await body_of(request), "label")
        self._account.store.save()
        return JSONResponse({"reserved_ip": reserved})

    async def _delete(self, request: Request) -> Response:
        reserved = self._account.of("reserved_ips", request)
        if reserved["instance_id"]:
            raise invalid("This reserved IP is attached to an instance")
        del self._table[reserved["id"]]
        self._account.store.save()
        return Response(status_code=204)

    async def _attach(self, request: Request) -> Response:
        self._account.of("reserved_ips", request)
        self._account.get("instances", text(await body_of(request), "instance_id", required=True))
        # A machine of the lab keeps the addresses it was born with.
        raise unsupported("attaching a reserved IP later; name it when the instance is created")

    async def _detach(self, request: Request) -> Response:
        if self._account.of("reserved_ips", request)["instance_id"]:
            raise unsupported("detaching a reserved IP from an instance; delete the instance")
        return Response(status_code=204)
