"""The order of the steps that bring port 443, and what they are told."""

import pytest

from tests.unit.components.conftest import Up
from tests.unit.components.engine import is_secret


@pytest.mark.parametrize("mode", ["full", "strict"])
def test_behind_the_edge_port_443_is_ready_before_the_edge_is_told(up: Up, mode: str) -> None:
    recorder = up(edge={"mode": mode})
    (edge,) = recorder.named("Edge")

    assert recorder["proxy-tls"].urn in edge.options.dependencies
    assert not recorder.named("PublicCertificate")


def test_an_acme_server_is_asked_only_once_the_records_are_there(up: Up) -> None:
    recorder = up(edge={"mode": "direct"})
    (certificate,) = recorder.named("PublicCertificate")

    records = {record.urn for record in recorder.named("DnsRecord")}
    assert records
    assert records <= set(certificate.options.dependencies)
    assert "patience=300" in recorder["public-certificate-obtained"].text("stdin")


@pytest.mark.parametrize("mode", ["direct-http", "flexible"])
def test_a_mode_without_a_certificate_has_no_step_for_one(up: Up, mode: str) -> None:
    recorder = up(edge={"mode": mode})

    names = {one.name for one in recorder.registered}
    assert not names & {"proxy-tls", "public-certificate-obtained"}


def test_the_key_of_the_origin_reaches_the_vps_as_a_secret_and_on_its_input_alone(up: Up) -> None:
    step = up(edge={"mode": "strict"})["proxy-tls"]

    assert is_secret(step.inputs["stdin"])
    given = step.inputs["stdin"]["value"]
    assert "kind=origin-ca" in given
    assert "stage tls.pem" in given
    assert "PRIVATE" not in step.text("create") + step.text("delete")
