"""The five ways to answer a public name, as data: what each means for DNS, edge and VPS."""

from dataclasses import dataclass
from typing import Literal

from settings.sections import EdgeMode

Certificate = Literal["none", "self-signed", "origin-ca", "acme"]

EXPIRY_WARNING_DAYS = 14
"""Fewer days left of a certificate are told, whoever renews it."""
RENEWAL_DAYS = 30
"""The same of what Cloudflare's Origin CA has signed, which `pulumi up` alone renews: it does so
after a third of its life, so where it is told, none has been run for long."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One way to answer.

    Attributes:
        proxied: Whether visitors reach Cloudflare (orange cloud) and not the VPS itself.
        ssl_mode: What Cloudflare is told about its way to the VPS; None where it is not between.
        certificate: What the VPS shows on port 443; "none" where it listens on 80 alone.
        visitor_scheme: What a visitor types.
    """

    proxied: bool
    ssl_mode: Literal["flexible", "full", "strict"] | None
    certificate: Certificate
    visitor_scheme: Literal["http", "https"] = "https"

    @property
    def ports(self) -> tuple[int, ...]:
        """What the VPS must let in beside ssh."""
        # Behind the edge always both: a visitor's http:// arrives on 80 in every mode and is sent
        # on from there, and a change of mode must not close the port that the edge still uses.
        return (80, 443) if self.proxied or self.certificate != "none" else (80,)

    @property
    def expiry_warning_days(self) -> int:
        """Fewer days left of what the VPS shows are told, so that it is renewed in time."""
        return RENEWAL_DAYS if self.certificate == "origin-ca" else EXPIRY_WARNING_DAYS


MODES: dict[EdgeMode, Mode] = {
    "direct-http": Mode(proxied=False, ssl_mode=None, certificate="none", visitor_scheme="http"),
    "direct": Mode(proxied=False, ssl_mode=None, certificate="acme"),
    "flexible": Mode(proxied=True, ssl_mode="flexible", certificate="none"),
    "full": Mode(proxied=True, ssl_mode="full", certificate="self-signed"),
    "strict": Mode(proxied=True, ssl_mode="strict", certificate="origin-ca"),
}
