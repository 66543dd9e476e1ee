"""What the VPS shows on port 443: a union tagged by `MODES[mode].certificate`."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi

from components.modes import MODES
from settings import EdgeSettings


@dataclass(frozen=True, kw_only=True)
class NoTls:
    """Nothing: it listens on port 80 alone."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class SelfSigned:
    """A certificate that the VPS makes itself, so that its key never leaves it."""

    kind: Literal["self-signed"] = "self-signed"


@dataclass(frozen=True, kw_only=True)
class OriginCa:
    """A certificate from Cloudflare's Origin CA; both in PEM.

    Attributes:
        private_key: Secret. It reaches the VPS on a step's standard input alone.
    """

    certificate: pulumi.Output[str]
    private_key: pulumi.Output[str]
    kind: Literal["origin-ca"] = "origin-ca"


@dataclass(frozen=True, kw_only=True)
class Acme:
    """A certificate that the VPS gets from an ACME server, and renews by itself.

    Attributes:
        directory: The server's directory, a URL.
        email: Where that server sends its warnings; "" for nowhere.
        patience: Seconds to wait until the names lead to the VPS.
    """

    directory: str
    email: str
    patience: int
    kind: Literal["acme"] = "acme"


Tls: TypeAlias = NoTls | SelfSigned | OriginCa | Acme

# Records that this stack makes are seen within seconds; a person's own are typed meanwhile.
OWN_RECORDS_PATIENCE, MANUAL_RECORDS_PATIENCE = 300, 900


def tls_for(
    edge: EdgeSettings,
    *,
    certificate: pulumi.Output[str] | None = None,
    private_key: pulumi.Output[str] | None = None,
) -> Tls:
    """What the mode of these settings asks for.

    Args:
        edge: The settings.
        certificate: From the Origin CA, PEM; used where the mode asks for one.
        private_key: Its key, PEM, secret.

    Raises:
        ValueError: The mode asks for an Origin CA certificate, and there is none.
    """
    match MODES[edge.mode].certificate:
        case "none":
            return NoTls()
        case "self-signed":
            return SelfSigned()
        case "origin-ca":
            if certificate is None or private_key is None:
                raise ValueError(f"mode {edge.mode} needs an Origin CA certificate and its key")
            return OriginCa(certificate=certificate, private_key=private_key)
        case "acme":
            return Acme(
                directory=edge.acme.directory,
                email=edge.acme.email,
                patience=MANUAL_RECORDS_PATIENCE if edge.dns == "manual" else OWN_RECORDS_PATIENCE,
            )
