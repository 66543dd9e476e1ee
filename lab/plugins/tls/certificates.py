"""Certificate requests and self-signed certificates."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lab.plugins.framework import (
    Boolean,
    Failure,
    Integer,
    ListOf,
    Object,
    PluginError,
    Property,
    Resource,
    Schema,
    String,
)
from lab.plugins.tls.keys import Key, algorithm, load_key
from lab.plugins.tls.usages import KEY_USAGES, extended_usage, key_usage, unknown_usages

if TYPE_CHECKING:
    from lab.plugins.values import Values

_SUBJECT: Final = {
    "commonName": NameOID.COMMON_NAME,
    "country": NameOID.COUNTRY_NAME,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
_TEXTS = Property(ListOf(String()), replaces=True)
_NAMES: Final = {
    "privateKeyPem": Property(String(), required=True, replaces=True, secret=True),
    "subject": Property(
        Object(
            {
                **{name: Property(String()) for name in _SUBJECT},
                "streetAddresses": Property(ListOf(String())),
            }
        ),
        replaces=True,
    ),
    "dnsNames": _TEXTS,
    "ipAddresses": _TEXTS,
    "uris": _TEXTS,
}


class CertRequest(Resource):
    """`tls:index/certRequest:CertRequest`: what a certificate authority is asked to sign."""

    schema = Schema(inputs=_NAMES, outputs=("certRequestPem", "keyAlgorithm"))

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Sign the request; its id is its hash."""
        key = load_key(inputs["privateKeyPem"])
        builder = x509.CertificateSigningRequestBuilder(subject_name=_subject(inputs))
        if names := _alternative_names(inputs):
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
            **_NAMES,
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
        name = _subject(inputs)
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


def _subject(inputs: Values) -> x509.Name:
    given = inputs.get("subject") or {}
    parts = [
        x509.NameAttribute(oid, given[name]) for name, oid in _SUBJECT.items() if given.get(name)
    ]
    streets = [
        x509.NameAttribute(NameOID.STREET_ADDRESS, each)
        for each in given.get("streetAddresses") or ()
    ]
    return x509.Name(parts + streets)


def _alternative_names(inputs: Values) -> x509.SubjectAlternativeName | None:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames") or ()]
    try:
        addresses = [ipaddress.ip_address(each) for each in inputs.get("ipAddresses") or ()]
    except ValueError as error:
        raise PluginError(f"ipAddresses: {error}") from None
    names += map(x509.IPAddress, addresses)
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or ()]
    return x509.SubjectAlternativeName(names) if names else None


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
    if names := _alternative_names(inputs):
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
