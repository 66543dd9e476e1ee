"""Certificate requests and self-signed certificates."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from lab.plugins.framework import (
    Boolean,
    Failure,
    Integer,
    ListOf,
    Property,
    Resource,
    Schema,
    String,
)
from lab.plugins.tls.keys import Key, algorithm, load_key
from lab.plugins.tls.names import NAMES, alternative_names, subject
from lab.plugins.tls.usages import KEY_USAGES, extended_usage, key_usage, unknown_usages

if TYPE_CHECKING:
    from lab.plugins.values import Values


class CertRequest(Resource):
    """`tls:index/certRequest:CertRequest`: what a certificate authority is asked to sign."""

    schema = Schema(inputs=NAMES, outputs=("certRequestPem", "keyAlgorithm"))

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Sign the request; its id is its hash."""
        key = load_key(inputs["privateKeyPem"])
        builder = x509.CertificateSigningRequestBuilder(subject_name=subject(inputs))
        if names := alternative_names(inputs):
            builder = builder.add_extension(names, critical=False)
        request = builder.sign(key, _hash_for(key))
        identity = request.public_bytes(Encoding.DER)
        pem = request.public_bytes(Encoding.PEM).decode()
        outputs = {"certRequestPem": pem, "keyAlgorithm": algorithm(key)}
        return hashlib.sha1(identity, usedforsecurity=False).hexdigest(), outputs


class SelfSignedCert(Resource):
    """`tls:index/selfSignedCert:SelfSignedCert`; its id is its serial number."""

    schema = Schema(
        inputs={
            **NAMES,
            "allowedUses": Property(ListOf(String()), required=True, replaces=True),
            "validityPeriodHours": Property(Integer(), required=True, replaces=True),
            "earlyRenewalHours": Property(Integer(), default=0),
            "isCaCertificate": Property(Boolean(), replaces=True, default=False),
            "maxPathLength": Property(Integer(), replaces=True),
            "setAuthorityKeyId": Property(Boolean(), replaces=True, default=False),
            "setSubjectKeyId": Property(Boolean(), replaces=True, default=False),
        },
        outputs=(
            "certPem", "keyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime",
        ),
        volatile=("readyForRenewal",),
    )  # fmt: skip

    def check(self, inputs: Values) -> list[Failure]:
        """Only known uses."""
        uses = inputs.get("allowedUses")
        unknown = unknown_usages(uses) if isinstance(uses, list) else []
        return [
            Failure(path="allowedUses", reason=f"no such use of a certificate: {use!r}")
            for use in unknown
        ]

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Sign it with its own key."""
        key = load_key(inputs["privateKeyPem"])
        start = datetime.now(UTC).replace(microsecond=0)
        end = start + timedelta(hours=inputs["validityPeriodHours"])
        name = subject(inputs)
        builder = (
            x509.CertificateBuilder(name, name, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )
        for extension, critical in _extensions(inputs, key):
            builder = builder.add_extension(extension, critical=critical)
        certificate = builder.sign(key, _hash_for(key))
        outputs = {
            "certPem": certificate.public_bytes(Encoding.PEM).decode(),
            "keyAlgorithm": algorithm(key),
            "validityStartTime": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "validityEndTime": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return str(certificate.serial_number), outputs | _renewal({**inputs, **outputs})

    def read(self, resource_id: str, state: Values) -> Values | None:
        """As it was; whether it is time to renew it changes by itself."""
        del resource_id
        return state | _renewal(state)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Only when to renew can change in place."""
        del resource_id
        return _renewal({**state, **inputs})


def _renewal(state: Values) -> Values:
    early = timedelta(hours=state.get("earlyRenewalHours", 0))
    end = datetime.fromisoformat(state["validityEndTime"])
    return {"readyForRenewal": datetime.now(UTC) >= end - early}


def _extensions(inputs: Values, key: Key) -> list[tuple[x509.ExtensionType, bool]]:
    """What the certificate says beside its names, and whether that is critical."""
    uses, is_authority = inputs["allowedUses"], inputs["isCaCertificate"]
    length = inputs.get("maxPathLength") if is_authority else None
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_authority, path_length=length), True)
    ]
    if KEY_USAGES.keys() & set(uses):
        found.append((key_usage(uses), True))
    if extended := extended_usage(uses):
        found.append((extended, False))
    if names := alternative_names(inputs):
        found.append((names, False))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    if inputs["setSubjectKeyId"] or is_authority:
        found.append((identifier, False))
    if inputs["setAuthorityKeyId"]:
        authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        found.append((authority, False))
    return found


def _hash_for(key: Key) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    match key.curve.name if isinstance(key, ec.EllipticCurvePrivateKey) else "":
        case "secp384r1":
            return hashes.SHA384()
        case "secp521r1":
            return hashes.SHA512()
        case _:
            return hashes.SHA256()
