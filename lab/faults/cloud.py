"""Faults at the clouds: firewall, records, SSL mode, certificate."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from lab.faults.ground import Ground

NAME = "asr.gonova.one"
ELSEWHERE = "198.51.100.200"
TLS_PEM = "/var/lib/vps-reverse-proxy/tls-dev/tls.pem"
MODE = "vps-reverse-proxy:edge.mode"


@contextmanager
def firewall_closed(ground: Ground) -> Iterator[None]:
    """The provider's firewall lets nobody in but ssh."""
    (firewall,) = ground.hetzner("GET", "/firewalls")["firewalls"]
    action = f"/firewalls/{firewall['id']}/actions/set_rules"
    kept = [rule for rule in firewall["rules"] if rule.get("port") not in {"80", "443"}]
    ground.hetzner("POST", action, {"rules": kept})
    ground.sh(ground.vps, "systemctl restart nginx")  # what is open already would go on
    try:
        yield
    finally:
        ground.hetzner("POST", action, {"rules": firewall["rules"]})


def record(ground: Ground) -> Any:
    """The record of the service asr."""
    (found,) = ground.cloudflare("GET", f"/dns_records?name={NAME}&type=A")
    return found


@contextmanager
def record_deleted(ground: Ground) -> Iterator[None]:
    """Somebody deleted the record; what mends it is what bin/ops says."""
    ground.cloudflare("DELETE", f"/dns_records/{record(ground)['id']}")
    try:
        yield
    finally:
        ground.pulumi("up", "--yes", "--skip-preview", "--refresh")


def record_changed(**changed: Any) -> Callable[[Ground], AbstractContextManager[None]]:
    """Somebody changed the record by hand."""

    @contextmanager
    def broken(ground: Ground) -> Iterator[None]:
        old = record(ground)
        path = f"/dns_records/{old['id']}"
        ground.cloudflare("PATCH", path, changed)
        try:
            yield
        finally:
            ground.cloudflare("PATCH", path, {key: old[key] for key in changed})

    return broken


@contextmanager
def wrong_ssl_mode(ground: Ground) -> Iterator[None]:
    """Somebody set the stack's rule to a mode for which the VPS has no certificate."""
    entry = ground.cloudflare("GET", "/rulesets/phases/http_config_settings/entrypoint")
    rule = next(one for one in entry["rules"] if one["ref"] == "vps_reverse_proxy_dev_ssl")
    path = f"/rulesets/{entry['id']}/rules/{rule['id']}"
    body = {key: rule[key] for key in ("action", "expression", "description", "ref")}
    ground.cloudflare("PATCH", path, {**body, "action_parameters": {"ssl": "strict"}})
    try:
        yield
    finally:
        ground.cloudflare("PATCH", path, {**body, "action_parameters": rule["action_parameters"]})


@contextmanager
def certificate_expired(ground: Ground) -> Iterator[None]:
    """In mode strict the VPS shows a certificate that ended yesterday."""
    ground.pulumi("config", "set", "--path", MODE, "strict")
    try:
        ground.pulumi("up", "--yes", "--skip-preview")
        ground.wait(ground.serves, 60, "the stack serves in mode strict")
        vps = ground.vps
        ground.sh(vps, f"cp -p {TLS_PEM} /root/kept-pem; cat >{TLS_PEM}", given=expired_pem())
        ground.sh(vps, "systemctl restart nginx")
        try:
            yield
        finally:
            ground.sh(vps, f"cp -p /root/kept-pem {TLS_PEM}; rm /root/kept-pem")
            ground.sh(vps, "systemctl restart nginx")
    finally:
        ground.pulumi("config", "set", "--path", MODE, "flexible")
        ground.pulumi("up", "--yes", "--skip-preview")


def expired_pem() -> bytes:
    """Key and certificate of the service asr; it ended a day ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


FAULTS = (
    Fault(name="firewall closed", hop="vps", cause="firewall", broken=firewall_closed),
    Fault(name="record deleted", hop="dns", cause="record-missing", broken=record_deleted),
    Fault(
        name="record points elsewhere",
        hop="dns",
        cause="record-elsewhere",
        broken=record_changed(content=ELSEWHERE),
    ),
    Fault(
        name="proxied flag off",
        hop="dns",
        cause="not-proxied",
        broken=record_changed(proxied=False),
    ),
    Fault(name="wrong SSL mode", hop="edge", cause="ssl-mode", broken=wrong_ssl_mode),
    Fault(
        name="certificate expired",
        hop="tls",
        cause="certificate-expired",
        broken=certificate_expired,
    ),
)
