"""The Origin CA certificate: what is asked for, and when it is renewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from components.edge import OriginCertificate, OriginCertificateArgs, certificate_generation
from tests.unit.components.engine import Clouds, Recorder, deploy, is_secret

if TYPE_CHECKING:
    from pulumi.runtime.mocks import MockResourceArgs

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Cloudflare(Clouds):
    """Signs, and says until when in the words given."""

    end = "2027-11-23 16:00:00 +0000 UTC"

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        known, outputs = super().new_resource(args)
        made = {
            "tls:index/privateKey:PrivateKey": {"privateKeyPem": "-----BEGIN PRIVATE KEY-----"},
            "tls:index/certRequest:CertRequest": {"certRequestPem": "a request"},
            "cloudflare:index/originCaCertificate:OriginCaCertificate": {
                "certificate": "-----BEGIN CERTIFICATE-----",
                "expiresOn": self.end,
            },
        }
        return known, {**outputs, **made.get(args.typ, {})}


def certificate(generation: int = 1, end: str = Cloudflare.end) -> Recorder:
    clouds = Cloudflare()
    clouds.end = end

    def program() -> None:
        made = OriginCertificate(
            "certificate",
            OriginCertificateArgs(
                hostnames=["tts.gonova.one", "asr.gonova.one"], generation=generation
            ),
        )
        pulumi.export("key", made.private_key_pem)
        pulumi.export("certificate", made.certificate_pem)
        pulumi.export("expires", made.expires)

    return deploy(program, clouds=clouds)


def test_it_is_for_the_names_alone_and_for_a_year() -> None:
    inputs = certificate()["certificate-1"].inputs

    assert inputs["hostnames"] == ["asr.gonova.one", "tts.gonova.one"]
    assert inputs["requestedValidity"] == 365
    assert inputs["requestType"] == "origin-ecc"


def test_the_key_is_a_secret() -> None:
    recorder = certificate()

    assert is_secret(recorder.outputs["key"])
    assert recorder.outputs["certificate"] == "-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize(
    "end", ["2027-11-23 16:00:00 +0000 UTC", "2027-11-23T16:00:00.12345Z", "2027-11-23T16:00:00Z"]
)
def test_its_end_is_told_however_cloudflare_writes_it(end: str) -> None:
    assert certificate(end=end).outputs["expires"].startswith("2027-11-23T16:00:00")


def test_a_renewal_is_a_new_key_and_a_new_certificate() -> None:
    recorder = certificate(2)

    assert recorder["certificate-key-2"]
    assert recorder["certificate-request-2"]
    assert recorder["certificate-2"]


def recorded(days: float, generation: int = 1) -> dict[str, Any]:
    expires = (NOW + timedelta(days=days)).isoformat()
    return {"certificate": {"generation": generation, "expires": expires}}


def test_the_first_certificate_is_generation_one() -> None:
    assert certificate_generation({}, NOW) == 1


@pytest.mark.parametrize(
    ("days", "wanted"), [(365, 3), (244, 3), (243.4, 3), (243.3, 4), (30, 4), (0, 4), (-5, 4)]
)
def test_it_is_renewed_once_a_third_of_its_life_is_over(days: float, wanted: int) -> None:
    assert certificate_generation(recorded(days, 3), NOW) == wanted


def test_a_renewal_is_said_in_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", told.append)
    certificate_generation(recorded(12), NOW)

    assert "ends in 12 days" in told[0]
