"""`/certificates`: the Origin CA. It signs for a zone's owner; only the edge trusts it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from starlette.routing import Route

from lab.clouds.cloudflare.envelope import ApiError, Json, json_object, page, success
from lab.clouds.cloudflare.state import now

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
    from starlette.requests import Request
    from starlette.responses import Response

    from lab.ca import CertificateAuthority
    from lab.clouds.cloudflare.auth import Tokens
    from lab.clouds.cloudflare.state import Store, Zone

REQUEST_TYPES = ("origin-rsa", "origin-ecc", "keyless-certificate")
VALIDITIES = (7, 30, 90, 365, 730, 1095, 5475)
GROUP = "SSL and Certificates"
DENIAL = (400, 1016, "User is not authorized to perform this action")
"""Its own answer to a token without the permission."""
MOST_HOSTNAMES = 100


class Certificates:
    """The endpoints for Origin CA certificates.

    Tokens ask; the Origin CA keys of before have been worth nothing since 30 September 2026.
    """

    def __init__(self, store: Store, tokens: Tokens, ca: CertificateAuthority) -> None:
        self._store = store
        self._tokens = tokens
        self._ca = ca

    def routes(self) -> list[Route]:
        """The paths below the API's base path."""
        many, one = "/certificates", "/certificates/{certificate_id}"
        return [
            Route(many, self.list, methods=["GET"]),
            Route(many, self.create, methods=["POST"]),
            Route(one, self.get, methods=["GET"]),
            Route(one, self.revoke, methods=["DELETE"]),
        ]

    async def list(self, request: Request) -> Response:
        """The certificates of a zone, which must be named."""
        self._require(request, f"{GROUP} Read")
        zone = self._store.zone(request.query_params.get("zone_id", ""))
        return page(request, zone.certificates, default=20, most=50)

    async def create(self, request: Request) -> Response:
        """Sign a request for names of the account's zones."""
        self._require(request, f"{GROUP} Write")
        body = await json_object(request)
        hostnames = body.get("hostnames")
        if not isinstance(hostnames, list) or not 0 < len(hostnames) <= MOST_HOSTNAMES:
            raise ApiError(400, 1002, "hostnames must be a list of 1 to 100 names")
        zones = [self._zone_of(str(name)) for name in hostnames]
        if body.get("request_type") not in REQUEST_TYPES:
            raise ApiError(400, 1003, f"request_type must be one of {', '.join(REQUEST_TYPES)}")
        days = body.get("requested_validity", VALIDITIES[-1])
        if days not in VALIDITIES:
            raise ApiError(400, 1009, f"requested_validity must be one of {VALIDITIES}")
        signed = self._ca.sign(_public_key(body.get("csr")), hostnames, days=int(days))
        certificate = {
            "id": str(signed.serial_number),
            "certificate": signed.public_bytes(serialization.Encoding.PEM).decode(),
            # As Go prints a moment: the API's documents show ISO 8601, its answers this.
            "expires_on": f"{_end(signed):%Y-%m-%d %H:%M:%S} +0000 UTC",
            "hostnames": hostnames,
            "request_type": body["request_type"],
            "requested_validity": days,
            "csr": body["csr"],
        }
        zones[0].certificates.append(certificate)
        self._store.save()
        return success(certificate)

    async def get(self, request: Request) -> Response:
        """One certificate; 404 when there is none."""
        self._require(request, f"{GROUP} Read")
        return success(self._find(request)[1])

    async def revoke(self, request: Request) -> Response:
        """Revoke a certificate."""
        self._require(request, f"{GROUP} Write")
        zone, certificate = self._find(request)
        zone.certificates.remove(certificate)
        self._store.save()
        return success({"id": certificate["id"], "revoked_at": now()})

    def _require(self, request: Request, permission: str) -> None:
        self._tokens.require(request, permission, denial=DENIAL)

    def _find(self, request: Request) -> tuple[Zone, Json]:
        wanted = request.path_params["certificate_id"]
        for zone in self._store.zones:
            for certificate in zone.certificates:
                if certificate["id"] == wanted:
                    return zone, certificate
        raise ApiError(404, 1101, "Failed to read certificate from Database")

    def _zone_of(self, hostname: str) -> Zone:
        plain = hostname.removeprefix("*.")
        for zone in self._store.zones:
            if plain == zone.name or plain.endswith(f".{zone.name}"):
                return zone
        raise ApiError(
            400,
            1010,
            f"Failed to validate requested hostname {hostname}: This zone is either not part of "
            "your account, or you do not have access to it.",
        )


def _public_key(csr: object) -> CertificatePublicKeyTypes:
    try:
        request = x509.load_pem_x509_csr(str(csr).encode())
    except ValueError as error:
        raise ApiError(400, 1005, "Failed to parse the certificate signing request") from error
    if not request.is_signature_valid:
        raise ApiError(400, 1005, "The signature of the certificate signing request is wrong")
    return request.public_key()


def _end(certificate: x509.Certificate) -> datetime:
    return certificate.not_valid_after_utc.astimezone(UTC)
