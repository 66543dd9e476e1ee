"""Whom a certificate is for."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from lab.plugins.framework import ListOf, Object, PluginError, Property, String

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
NAMES: Final = {
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
"""What requests and certificates have in common."""


def subject(inputs: Values) -> x509.Name:
    """The distinguished name."""
    given = inputs.get("subject") or {}
    parts = [
        x509.NameAttribute(oid, given[name]) for name, oid in _SUBJECT.items() if given.get(name)
    ]
    streets = [
        x509.NameAttribute(NameOID.STREET_ADDRESS, each)
        for each in given.get("streetAddresses") or ()
    ]
    return x509.Name(parts + streets)


def alternative_names(inputs: Values) -> x509.SubjectAlternativeName | None:
    """The other names, None without any; PluginError for what is no address."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames") or ()]
    try:
        addresses = [ipaddress.ip_address(each) for each in inputs.get("ipAddresses") or ()]
    except ValueError as error:
        raise PluginError(f"ipAddresses: {error}") from None
    names += map(x509.IPAddress, addresses)
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or ()]
    return x509.SubjectAlternativeName(names) if names else None
