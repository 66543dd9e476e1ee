"""The Origin CA: what it signs, for whom, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cloudflare import APIStatusError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.lab.clouds.cloudflare.conftest import DNS_ONLY, HTTP, codes, served

if TYPE_CHECKING:
    from tests.unit.lab.clouds.cloudflare.conftest import Api

KEY = ec.generate_private_key(ec.SECP256R1())


def csr() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "asr.gonova.one")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(KEY, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def asked(**fields: Any) -> dict[str, Any]:
    defaults = {
        "csr": csr(),
        "hostnames": ["asr.gonova.one", "tts.gonova.one"],
        "request_type": "origin-ecc",
        "requested_validity": 365,
    }
    return {**defaults, **fields}


def test_it_certifies_the_key_of_the_request_for_the_names(client: Any, api: Api) -> None:
    made = client.origin_ca_certificates.create(**asked())
    signed = x509.load_pem_x509_certificate(made.certificate.encode())
    (root,) = x509.load_pem_x509_certificates(api.states[-1].origin_ca)

    assert signed.public_key() == KEY.public_key()
    signed.verify_directly_issued_by(root)
    names = signed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["asr.gonova.one", "tts.gonova.one"]
    days = signed.not_valid_after_utc - signed.not_valid_before_utc
    assert days == timedelta(days=365)
    assert made.expires_on == f"{signed.not_valid_after_utc:%Y-%m-%d %H:%M:%S} +0000 UTC"


def test_a_certificate_is_found_listed_and_revoked(client: Any, zone_id: str) -> None:
    certificates = client.origin_ca_certificates
    made = certificates.create(**asked())

    assert certificates.get(made.id).certificate == made.certificate
    assert [one.id for one in certificates.list(zone_id=zone_id)] == [made.id]
    assert certificates.delete(made.id).revoked_at
    assert list(certificates.list(zone_id=zone_id)) == []
    with pytest.raises(APIStatusError) as caught:
        certificates.get(made.id)
    assert caught.value.status_code == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"hostnames": ["asr.gonova.one", "asr.nowhere.example"]}, 1010),
        ({"hostnames": []}, 1002),
        ({"csr": "no request"}, 1005),
        ({"requested_validity": 397}, 1009),
        ({"request_type": "origin-dsa"}, 1003),
    ],
)
def test_a_bad_request_is_not_signed(client: Any, fields: dict[str, Any], code: int) -> None:
    with pytest.raises(APIStatusError) as caught:
        client.origin_ca_certificates.create(**asked(**fields))

    assert codes(caught.value) == [code]


def test_a_token_without_the_permission_is_refused(api: Api) -> None:
    with pytest.raises(APIStatusError) as caught:
        api.client(DNS_ONLY).origin_ca_certificates.create(**asked())

    assert caught.value.status_code == 400
    assert codes(caught.value) == [1016]


def test_an_origin_ca_key_is_worth_nothing_any_more(api: Api) -> None:
    headers = {"X-Auth-User-Service-Key": "v1.0-0123456789abcdef01234567-89abcdef"}
    answer = HTTP.post(f"{api.url}/certificates", json=asked(), headers=headers)

    assert answer.status_code == 400


def test_certificates_and_the_ca_survive_a_restart(api: Api, client: Any) -> None:
    made = client.origin_ca_certificates.create(**asked())
    before = api.states[-1].origin_ca
    with served(api.app()) as api.url:
        assert api.client().origin_ca_certificates.get(made.id).csr == made.csr

    assert api.states[-1].origin_ca == before
