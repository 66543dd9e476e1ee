"""A preview needs no more than there is: of a new stack, and on another machine."""

from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest

from lab.clouds.cloudflare import create_app
from tests.unit.components.conftest import TOKENS, Up
from tests.unit.components.engine import UNKNOWN
from tests.unit.lab.clouds.cloudflare.conftest import served
from tests.unit.settings_support import EXISTING, HCLOUD


@pytest.mark.parametrize("server", [HCLOUD, EXISTING], ids=["hcloud", "existing"])
def test_a_preview_of_a_new_stack_needs_no_value_that_is_not_there_yet(
    up: Up, server: dict[str, Any]
) -> None:
    preview, real = up(server, preview=True), up(server)

    assert sorted(one.urn for one in preview.registered) == sorted(
        one.urn for one in real.registered
    )
    assert preview["tunnel-unit"].inputs["stdin"] == UNKNOWN


def test_a_preview_on_another_machine_shows_the_recorded_host(up: Up) -> None:
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    recorder = up(preview=True, recorded=recorded)

    assert recorder.outputs["wslHost"] == {"hostname": "desk", "machineId": "f" * 32}


def test_a_preview_elsewhere_sends_the_users_own_vps_the_text_that_the_wsl_host_sends(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = up(EXISTING)
    monkeypatch.setenv("HOME", str(tmp_path / "runner"))
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    elsewhere = up(EXISTING, preview=True, recorded=recorded)

    assert elsewhere["vps-boot"].text("stdin") == here["vps-boot"].text("stdin")
    assert "key_file='~/.ssh/id_ed25519'\n" in here["vps-boot"].text("stdin")


def test_a_preview_elsewhere_takes_a_cloudflare_token_that_only_reads(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_reads = "only-reads-0123456789abcdefABCDEF-0123456789"
    rights = ("Zone Read", "DNS Read", "Config Rules Read")
    app = create_app(
        tokens={only_reads: rights}, state_file=tmp_path / "reads.json", on_change=lambda _: None
    )
    tokens = {**TOKENS, "cloudflare:apiToken": only_reads}
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    with served(app) as url:
        run = partial(up, tokens=tokens, preview=True, cloudflare_url=url)
        elsewhere = run(recorded=recorded)
        with pytest.raises(pulumi.RunError, match="lacks Zone / DNS / Edit"):
            run()

    assert elsewhere.named("DnsRecord")
    assert "enough for this preview" in elsewhere.log.getvalue()
