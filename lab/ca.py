"""The lab's certificate authority: a root that its hosts trust, server certificates under it."""

from __future__ import annotations

import fcntl
import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

ROOT_NAME = "ca.pem"
KEY_NAME = "ca.key"
ROOT_DAYS = 3650
LEAF_DAYS = 397  # the longest that clients of the public web accept
BACKDATED = timedelta(days=1)  # a host whose clock is a little behind accepts it too


@dataclass(frozen=True, kw_only=True)
class CertificateAuthority:
    """A root certificate and its key.

    `root_file` is the PEM file that hosts add to their trust store.
    """

    root_file: Path
    root: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def root_pem(self) -> bytes:
        """The root certificate, PEM."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def issue(self, hostnames: Sequence[str]) -> tuple[bytes, bytes]:
        """A server certificate for these names and its key, both PEM.

        Names may be wildcards (`*.gonova.one`) or IP addresses; the first is the common name.
        Raises ValueError when there is no name.
        """
        if not hostnames:
            raise ValueError("a certificate needs at least one host name")
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self.sign(key.public_key(), hostnames, days=LEAF_DAYS)
        return certificate.public_bytes(serialization.Encoding.PEM), _private_pem(key)

    def cross_sign(self, root_pem: bytes) -> bytes:
        """Another authority's root as a certificate under this one, PEM.

        What that authority signs is then good for whoever trusts this one.
        """
        other = x509.load_pem_x509_certificate(root_pem)
        identifier = other.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        start = datetime.now(UTC) - BACKDATED
        certificate = (
            x509.CertificateBuilder()
            .subject_name(other.subject)
            .issuer_name(self.root.subject)
            .public_key(other.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=ROOT_DAYS))
            .add_extension(identifier, critical=False)  # its certificates refer to it
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)

    def sign(
        self, public_key: CertificatePublicKeyTypes, hostnames: Sequence[str], *, days: int
    ) -> x509.Certificate:
        """A server certificate for somebody else's key; names as in `issue`."""
        return (
            _builder(_name(hostnames[0]), self.root.subject, public_key, days)
            .add_extension(
                x509.SubjectAlternativeName([_san(n) for n in hostnames]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )


def ensure_ca(directory: Path, *, name: str = "Lab Root CA") -> CertificateAuthority:
    """The authority kept in `directory` (ca.pem, ca.key), made under `name` when it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    root_file = directory / ROOT_NAME
    key_file = directory / KEY_NAME
    with (directory / "ca.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two callers must not make two roots
        if not root_file.exists():
            key, root = _new_root(name)
            _write(key_file, _private_pem(key), mode=0o600)
            _write(root_file, root.public_bytes(serialization.Encoding.PEM), mode=0o644)
    loaded = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise TypeError(
            f"{key_file} is not an ECDSA key; remove {directory} and start the lab again"
        )
    root = x509.load_pem_x509_certificate(root_file.read_bytes())
    return CertificateAuthority(root_file=root_file, root=root, key=loaded)


def _new_root(called: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(called)
    root = (
        _builder(name, name, key.public_key(), ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, root


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: CertificatePublicKeyTypes, days: int
) -> x509.CertificateBuilder:
    start = datetime.now(UTC) - BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    # It ends at 64 letters, and nobody reads it where there are alternative names.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _san(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Write whole or not at all; never readable by more than `mode` says."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    temporary.replace(path)
