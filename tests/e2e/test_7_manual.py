"""DNS kept elsewhere: the program asks for no token, makes no record, and says which to make."""

from collections.abc import Iterator

import pytest

from tests.e2e.harness import Lab
from tests.e2e.modes import visit
from tests.e2e.shipped import ASR, TTS, shipped
from tests.e2e.waiting import until

ZONE = "example.net"  # a zone that the program is told nothing of but its name
SERVICES = [{**service, "hostname": f"{service['name']}.{ZONE}"} for service in (ASR, TTS)]


@pytest.fixture
def elsewhere(edited: Lab) -> Iterator[Lab]:
    """A lab whose stack has its names in that zone; what a person made there is gone afterwards."""
    edited.configure(
        {
            **shipped(),
            "edge": {"mode": "direct", "dns": "manual", "zone": ZONE},
            "services": SERVICES,
        }
    )
    yield edited
    zone = edited.zone_id(ZONE)
    for record in edited.cloudflare("GET", f"/zones/{zone}/dns_records"):
        edited.cloudflare("DELETE", f"/zones/{zone}/dns_records/{record['id']}")


def test_records_made_by_hand_while_up_waits_end_in_the_round_trip(elsewhere: Lab) -> None:
    lab = elsewhere
    zone = lab.zone_id(ZONE)
    outputs = lab.outputs()
    addresses = {"A": outputs["vpsAddress"], "AAAA": outputs["vpsAddress6"]}

    def by_hand() -> None:
        """What a person does who reads what `up` prints."""
        assert lab.cloudflare("GET", f"/zones/{zone}/dns_records") == []
        for service in SERVICES:
            for kind, address in addresses.items():
                record = {"type": kind, "name": service["hostname"], "content": address, "ttl": 60}
                lab.cloudflare("POST", f"/zones/{zone}/dns_records", record)

    up = lab.up(
        at={"until these names lead to this VPS: asr.example.net": by_hand},
    )

    for service in SERVICES:
        for kind, address in addresses.items():
            assert f"{service['hostname']}. 60 IN {kind} {address}" in up.text
    assert len(lab.outputs()["dnsRecords"]) == 4
    until(
        lambda: visit(lab, f"https://asr.{ZONE}/health") == ("200", 0),
        seconds=30,
        what="the name is served",
    )
    spoken = lab.speak(
        *("--tts", f"wss://tts.{ZONE}/v1/stream/tts", "--asr", f"wss://asr.{ZONE}/v1/stream/asr")
    )
    assert spoken.code == 0, spoken.text
    assert lab.cloudflare("GET", f"/zones/{lab.zone_id()}/dns_records") == []  # the old names
    lab.up("--expect-no-changes", environment={"CLOUDFLARE_API_TOKEN": ""})
