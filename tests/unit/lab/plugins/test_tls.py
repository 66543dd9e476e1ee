"""The `tls` stand-in: keys and certificates as the published plugin shapes them."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store

from lab.plugins.framework import PluginError
from lab.plugins.tls.certificates import CertRequest, SelfSignedCert
from lab.plugins.tls.keys import PrivateKey, algorithm, load_key

_PEM_KINDS = {"ED25519": "PRIVATE", "ECDSA": "EC PRIVATE", "RSA": "RSA PRIVATE"}


def key(**inputs: Any) -> dict[str, Any]:
    return PrivateKey().create(inputs)[1]


def certificate(**inputs: Any) -> tuple[str, dict[str, Any], x509.Certificate]:
    given = {
        "privateKeyPem": key(algorithm="ED25519")["privateKeyPem"], "validityPeriodHours": 24,
        "allowedUses": ["server_auth", "digital_signature", "cert_signing"],
        "earlyRenewalHours": 0, "isCaCertificate": False, "setSubjectKeyId": False,
        "setAuthorityKeyId": False, **inputs,
    }  # fmt: skip
    serial, outputs = SelfSignedCert().create(given)
    return serial, outputs, x509.load_pem_x509_certificate(outputs["certPem"].encode())


@pytest.mark.parametrize("kind", ["ED25519", "ECDSA", "RSA"])
def test_every_form_of_a_key_is_the_same_key(kind: str, tmp_path: Path) -> None:
    made = key(algorithm=kind, ecdsaCurve="P256")
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(made["privateKeyOpenssh"])
    # The real ssh-keygen reads it and agrees on the public key and its fingerprints.
    public = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, check=True)
    assert public.stdout.decode().split()[:2] == made["publicKeyOpenssh"].split()
    for digest, name in (("md5", "Md5"), ("sha256", "Sha256")):
        listed = subprocess.run(
            ["ssh-keygen", "-l", "-E", digest, "-f", file], capture_output=True, check=True
        )
        shown = listed.stdout.decode().split()[1].removeprefix("MD5:")
        assert made[f"publicKeyFingerprint{name}"] == shown
    for form in ("privateKeyPem", "privateKeyPemPkcs8"):
        assert algorithm(load_key(made[form])) == kind
    assert made["privateKeyPem"].startswith(f"-----BEGIN {_PEM_KINDS[kind]} KEY-----\n")
    assert made["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")


def test_every_text_of_a_key_ends_with_a_line_end() -> None:
    texts = {name: text for name, text in key(algorithm="ED25519").items() if isinstance(text, str)}
    ending = {name for name, text in texts.items() if text.endswith("\n")}
    assert ending == {
        "privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem",
        "publicKeyOpenssh",
    }  # fmt: skip


def test_what_a_program_leaves_out_is_filled_in_as_published() -> None:
    made = key(algorithm="ED25519")
    assert (made["rsaBits"], made["ecdsaCurve"]) == (2048, "P224")
    rsa = load_pem_private_key(key(algorithm="RSA")["privateKeyPem"].encode(), None)
    assert rsa.key_size == 2048  # type: ignore[union-attr]  # it is an RSA key


def test_a_curve_that_ssh_has_not_gives_no_ssh_form() -> None:
    made = key(algorithm="ECDSA")
    assert made["privateKeyOpenssh"] == made["publicKeyOpenssh"] == ""
    assert made["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----\n")


def test_the_private_forms_are_secret_and_a_change_replaces_the_key() -> None:
    schema = PrivateKey.schema
    assert schema.secrets == {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}
    state = {"algorithm": "ED25519", **key(algorithm="ED25519")}
    assert schema.diff(state, {"algorithm": "ED25519"}).names == {}
    assert schema.diff(state, {"algorithm": "RSA"}).names == {"algorithm": True}


def test_an_unknown_algorithm_curve_or_use_is_refused() -> None:
    refused = PrivateKey().check({"algorithm": "DSA", "ecdsaCurve": "P1"})
    assert [failure.path for failure in refused] == ["algorithm", "ecdsaCurve"]
    refused = SelfSignedCert().check({"allowedUses": ["server_auth", "everything"]})
    assert [failure.reason for failure in refused] == ["no such use of a certificate: 'everything'"]


def test_a_request_carries_subject_and_names_and_is_signed_by_its_key() -> None:
    inputs = {
        "privateKeyPem": key(algorithm="ECDSA", ecdsaCurve="P256")["privateKeyPem"],
        "subject": {"commonName": "asr.example", "organization": "Example"},
        "dnsNames": ["asr.example"], "ipAddresses": ["192.0.2.7", "2001:db8::1"],
        "uris": ["https://asr.example/"],
    }  # fmt: skip
    identity, outputs = CertRequest().create(inputs)
    request = x509.load_pem_x509_csr(outputs["certRequestPem"].encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "O=Example,CN=asr.example"
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert len(list(names)) == 4
    assert outputs["keyAlgorithm"] == "ECDSA"
    assert len(identity) == 40


def test_a_self_signed_certificate_is_trusted_by_those_who_trust_it() -> None:
    serial, outputs, made = certificate(
        privateKeyPem=key(algorithm="ECDSA", ecdsaCurve="P256")["privateKeyPem"],
        dnsNames=["asr.example"], subject={"commonName": "asr.example"},
        setSubjectKeyId=True, setAuthorityKeyId=True, isCaCertificate=True, maxPathLength=0,
    )  # fmt: skip
    assert serial == str(made.serial_number)
    made.verify_directly_issued_by(made)
    assert PolicyBuilder().store(Store([made])) is not None
    basic = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.crl_sign
    start, end = (
        datetime.fromisoformat(outputs[f"validity{edge}Time"]) for edge in ("Start", "End")
    )
    assert (end - start).total_seconds() == 24 * 3600
    assert made.not_valid_after_utc == end


def test_renewal_is_due_early_by_the_hours_asked_for() -> None:
    assert certificate()[1]["readyForRenewal"] is False
    assert certificate(earlyRenewalHours=25)[1]["readyForRenewal"] is True
    change = SelfSignedCert.schema.diff({"earlyRenewalHours": 0}, {"earlyRenewalHours": 1})
    assert change.names["earlyRenewalHours"] is False


def test_a_broken_key_is_refused_without_showing_it() -> None:
    with pytest.raises(PluginError) as failure:
        CertRequest().create({"privateKeyPem": "-----BEGIN rubbish"})
    assert "rubbish" not in str(failure.value)
