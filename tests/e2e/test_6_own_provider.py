"""Hetzner's own provider code in the place of the lab's stand-in of it, and the lab's API below.

The published plugin is made of that code, too; an older state of it can be had as Go modules.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.hostspec import host_dir
from lab.plugins.wsl import ensure_plugins
from tests.e2e.harness import Lab
from tests.e2e.shipped import shipped
from tests.e2e.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]  # some minutes are the build's


@pytest.fixture(scope="module")
def own(lab: Lab) -> Iterator[Lab]:
    """Nothing is rented, and what follows is done by Hetzner's own code."""
    lab.pulumi("stack", "select")
    lab.configure(shipped())
    lab.pulumi("destroy", "--yes", "--skip-preview")
    record = host_dir(lab.name, "wsl") / "plugins.json"
    before = json.loads(record.read_text())["kind"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_PLUGINS", "bridged")
        ensure_plugins(lab.name)
        yield lab
        lab.configure(shipped())
        patch.setenv("LAB_PLUGINS", before)
        ensure_plugins(lab.name)


def server(lab: Lab) -> dict[str, Any]:
    """The one that is rented."""
    (only,) = lab.hetzner("GET", "/servers")["servers"]
    return dict(only)


def test_a_stack_comes_up_serves_and_a_refresh_finds_nothing_to_do(own: Lab) -> None:
    own.up()
    own.wait_serving(90)

    assert own.speak().code == 0
    own.up("--refresh", "--expect-no-changes")


def test_a_larger_size_is_the_same_server(own: Lab) -> None:
    before = server(own)
    own.configure({**shipped(), "server": {**shipped()["server"], "size": "cx33"}})

    own.up()
    own.wait_serving(90)

    after = server(own)
    assert after["server_type"]["name"] == "cx33"
    assert (after["id"], after["public_net"]["ipv4"]["ip"]) == (
        before["id"],
        before["public_net"]["ipv4"]["ip"],
    )
    own.up("--expect-no-changes")


def test_another_image_is_another_server_and_the_old_one_goes(own: Lab) -> None:
    before = server(own)
    own.configure({**shipped(), "server": {**shipped()["server"], "image": "debian-12"}})

    own.up()
    own.wait_serving(90)

    after = server(own)
    assert after["image"]["name"] == "debian-12"
    assert after["id"] != before["id"]
    own.up("--expect-no-changes")


def test_a_server_deleted_in_the_console_is_rebuilt_with_refresh(own: Lab) -> None:
    delete(own)

    own.up("--refresh")
    own.wait_serving(90)
    own.up("--expect-no-changes")


def test_destroy_with_refresh_ends_when_the_server_is_already_gone(own: Lab) -> None:
    number = delete(own)

    told = own.pulumi("destroy", "--yes", "--skip-preview", check=False)
    assert told.code != 0
    assert f"server with ID '{number}' not found" in told.text
    own.pulumi("destroy", "--refresh", "--yes", "--skip-preview")

    assert all(not left for left in own.leftovers().values()), own.leftovers()


def delete(lab: Lab) -> int:
    """Delete the server in the console; its number."""
    number = int(server(lab)["id"])
    lab.hetzner("DELETE", f"/servers/{number}")
    until(lambda: not lab.hetzner("GET", "/servers")["servers"], seconds=30, what="it is gone")
    return number
