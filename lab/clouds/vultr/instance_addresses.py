"""An instance's addresses, and the names they point back to."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.addresses import PREFIX6, default_reverse, expect_own, written6
from lab.clouds.vultr.errors import unsupported
from lab.clouds.vultr.instance_view import GATEWAY, NETMASK
from lab.clouds.vultr.listing import listing
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import body_of, text


class InstanceAddresses:
    """The endpoints under /instances/{id}/ipv4 and /instances/{id}/ipv6."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """See the class."""
        four, six = "/instances/{id}/ipv4", "/instances/{id}/ipv6"
        return [
            Route(four, self._ipv4),
            Route(four, self._fixed, methods=["POST"]),
            Route(f"{four}/reverse", self._point, methods=["POST"]),
            Route(f"{four}/reverse/default", self._reset, methods=["POST"]),
            Route(f"{four}/{{address}}", self._fixed, methods=["DELETE"]),
            Route(six, self._ipv6),
            Route(f"{six}/reverse", self._reverse6),
            Route(f"{six}/reverse", self._point6, methods=["POST"]),
            Route(f"{six}/reverse/{{address}}", self._forget6, methods=["DELETE"]),
        ]

    async def _ipv4(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        address = instance["main_ip"]
        shown = {
            "ip": address,
            "netmask": NETMASK,
            "gateway": GATEWAY,
            "type": "main_ip",
            "reverse": instance["reverse"].get(address, default_reverse(address)),
            "mac_address": "",
        }
        return listing(request, "ipv4s", [shown] if address else [])

    async def _fixed(self, request: Request) -> Response:
        self._account.of("instances", request)
        # A machine of the lab keeps the addresses it was born with.
        raise unsupported("more or fewer IPv4 addresses of an instance that exists")

    async def _ipv6(self, request: Request) -> Response:
        network = self._account.of("instances", request)["v6_network"]
        shown = {
            "ip": written6(network) if network else "",
            "network": network,
            "network_size": PREFIX6,
            "type": "main_ip",
        }
        return listing(request, "ipv6s", [shown] if network else [])

    async def _point(self, request: Request) -> Response:
        return await self._set(request, version=4)

    async def _point6(self, request: Request) -> Response:
        return await self._set(request, version=6)

    async def _set(self, request: Request, *, version: int) -> Response:
        instance, body = self._account.of("instances", request), await body_of(request)
        address = expect_own(instance, text(body, "ip", required=True), version=version)
        instance["reverse"][address] = text(body, "reverse", required=True)
        self._account.store.save()
        return Response(status_code=204)

    async def _reset(self, request: Request) -> Response:
        instance, body = self._account.of("instances", request), await body_of(request)
        return self._forget(instance, text(body, "ip", required=True), version=4)

    async def _forget6(self, request: Request) -> Response:
        instance = self._account.of("instances", request)
        return self._forget(instance, request.path_params["address"], version=6)

    def _forget(self, instance: Record, address: str, *, version: int) -> Response:
        instance["reverse"].pop(expect_own(instance, address, version=version), None)
        self._account.store.save()
        return Response(status_code=204)

    async def _reverse6(self, request: Request) -> Response:
        reverse = self._account.of("instances", request)["reverse"]
        names = [{"ip": ip, "reverse": name} for ip, name in reverse.items() if ":" in ip]
        return JSONResponse({"reverse_ipv6s": names})
