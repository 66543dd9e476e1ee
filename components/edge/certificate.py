"""OriginCertificate: what the VPS shows Cloudflare in mode strict, signed by its Origin CA.

Browsers do not know that CA: the certificate is good behind Cloudflare only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pulumi_tls as tls
from pulumi import ResourceOptions

from components.cloudflare.sdk import OriginCaCertificate

VALID_DAYS = 365
RENEW_BEFORE = timedelta(days=VALID_DAYS) * 2 / 3
"""Only `pulumi up` renews it: early, so that one that is run for another reason does."""
_FORMS = ("%Y-%m-%d %H:%M:%S %z UTC", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z")
"""How Cloudflare writes a moment: as Go prints one, or as ISO 8601."""


@dataclass(frozen=True, kw_only=True)
class OriginCertificateArgs:
    """What an OriginCertificate is made from.

    Attributes:
        hostnames: The public names it is for.
        generation: Counts the renewals; another one is another key and certificate.
    """

    hostnames: Sequence[str]
    generation: int


class OriginCertificate(pulumi.ComponentResource):
    """A key that is born in the stack's state, and Cloudflare's certificate for it.

    A new generation comes first and the VPS is told; the old one is revoked at the end of the run.

    Attributes:
        certificate_pem: For nginx's `ssl_certificate`.
        private_key_pem: A secret; on the VPS and in the stack's state only.
        expires: When it ends, as ISO 8601 in UTC.
    """

    certificate_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]
    expires: pulumi.Output[str]

    def __init__(
        self, name: str, args: OriginCertificateArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:OriginCertificate", name, None, opts)
        child = ResourceOptions(parent=self)
        names = sorted(args.hostnames)
        key = tls.PrivateKey(
            f"{name}-key-{args.generation}", algorithm="ECDSA", ecdsa_curve="P256", opts=child
        )
        request = tls.CertRequest(
            f"{name}-request-{args.generation}",
            private_key_pem=key.private_key_pem,
            # Not a host name: a common name ends at 64 letters; `dns_names` are what counts.
            subject=tls.CertRequestSubjectArgs(common_name="vps-reverse-proxy"),
            dns_names=names,
            opts=child,
        )
        certificate = OriginCaCertificate(
            f"{name}-{args.generation}",
            csr=request.cert_request_pem,
            hostnames=names,
            request_type="origin-ecc",
            requested_validity=VALID_DAYS,
            opts=child,
        )
        self.certificate_pem = certificate.certificate
        self.private_key_pem = pulumi.Output.secret(key.private_key_pem)
        self.expires = certificate.expires_on.apply(lambda text: _moment(text).isoformat())
        self.register_outputs({"expires": self.expires})


def certificate_generation(recorded: Mapping[str, Any], now: datetime | None = None) -> int:
    """Which generation is wanted: the recorded one, or the next after a third of its life.

    Args:
        recorded: The outputs of the stack's last run.
        now: This moment, unless told.
    """
    before = recorded.get("certificate") or {}
    generation, expires = int(before.get("generation", 1)), before.get("expires")
    if not expires:
        return generation
    left = datetime.fromisoformat(expires) - (now or datetime.now(UTC))
    if left >= RENEW_BEFORE:
        return generation
    pulumi.log.info(
        f"the certificate of the VPS ends in {max(left.days, 0)} days ({expires}): as a third of "
        "its life is over, it is renewed with a new key, and nginx takes it over without dropping "
        "a stream"
    )
    return generation + 1


def _moment(text: str) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).astimezone(UTC)
        except ValueError:
            continue
    raise pulumi.RunError(f"Cloudflare writes the certificate's end as {text!r}, which is no date")
