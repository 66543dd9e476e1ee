"""Runs the whole program; no test sees the mocks or the configuration of another one."""

import asyncio
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import set_all_config

import components.interruption
import components.preflight
import components.vps.preflight
from components.preflight import Machine
from components.vps.catalog import Catalog, Size
from tests.unit.components.engine import PROJECT, Clouds, Recorder, deploy, ensure_event_loop
from tests.unit.lab.clouds.cloudflare.conftest import TOKEN as CLOUDFLARE_TOKEN
from tests.unit.lab.clouds.cloudflare.conftest import Api as LabApi
from tests.unit.lab.clouds.cloudflare.conftest import served
from tests.unit.preflight_support import Fake
from tests.unit.settings_support import HCLOUD, HOST_KEY

ensure_event_loop()  # for the outputs that test files hold

MAIN = Path(__file__).parents[3] / "__main__.py"
TOKENS = {
    "hcloud:token": "0123456789abcdef" * 4,
    "cloudflare:apiToken": CLOUDFLARE_TOKEN,
}
KEY_FILE = """\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
-----END OPENSSH PRIVATE KEY-----
"""

Up = Callable[..., Recorder]


@pytest.fixture(autouse=True)
def _reset_pulumi() -> Iterator[None]:
    set_all_config({})
    # pulumi.runtime.test takes the current loop, and an asynchronous test before may leave none.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    pulumi.runtime.settings.reset_options()
    set_all_config({})
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def cloudflare(tmp_path: Path) -> Iterator[str]:
    """The lab's Cloudflare on loopback, with an account where nothing is in the way; its URL."""
    with served(LabApi(tmp_path / "cloudflare.json").app()) as url:
        yield url


def catalog(*regions: str) -> Catalog:
    """A provider that has two regions and sells its sizes in these."""
    sizes = ("cx23", "cax11", "vc2-1c-2gb", "s-1vcpu-2gb", "g6-standard-1")
    return Catalog(
        sizes={
            size: Size(name=size, memory_mb=4096, prices=dict.fromkeys(regions, 5.49), disk_gb=50)
            for size in sizes
        },
        currency="EUR",
        source="a test",
        regions={"nbg1": "Nuremberg, DE", "hel1": "Helsinki, FI"},
    )


@pytest.fixture
def up(tmp_path: Path, cloudflare: str, monkeypatch: pytest.MonkeyPatch) -> Up:
    """Run the program with these sections, on a machine where everything is in order."""
    fake = Fake(root=tmp_path, scan=f"203.0.113.5 {HOST_KEY}\n")
    fake.write("home/.ssh/id_ed25519", KEY_FILE, mode=0o600)

    def here(**_: Any) -> Machine:
        return fake.machine()

    monkeypatch.setattr(components.interruption, "end_quietly", lambda: None)
    monkeypatch.setattr(components.preflight, "Machine", here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HCLOUD_TOKEN", raising=False)
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)

    def run(
        server: dict[str, Any] = HCLOUD,
        *,
        clouds: Clouds | None = None,
        tokens: dict[str, str] = TOKENS,
        preview: bool = False,
        recorded: dict[str, Any] | None = None,
        sold_in: tuple[str, ...] = ("nbg1", "hel1"),
        cloudflare_url: str = cloudflare,
        **sections: Any,
    ) -> Recorder:
        monkeypatch.setattr(components.vps.preflight, "read_catalog", lambda _: catalog(*sold_in))
        monkeypatch.setattr("components.vps.vultr_vpc2.refuse_unreadable", lambda _: None)
        clouds = clouds or Clouds()
        clouds.calls.setdefault("readStackOutputs", lambda _: {"outputs": recorded or {}})
        config = {f"{PROJECT}:{key}": value for key, value in sections.items()}
        return deploy(
            lambda: void(runpy.run_path(str(MAIN), run_name="__main__")),
            clouds=clouds,
            preview=preview,
            config={
                **tokens,
                **config,
                "cloudflare:baseUrl": cloudflare_url,
                f"{PROJECT}:server": server,
            },
        )

    return run


def void(_: object) -> None:
    """A program has no result."""
