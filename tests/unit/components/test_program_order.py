"""The order of the whole program's steps: what waits for what."""

from typing import Any

import pytest

from components.modes import MODES
from components.naming import step_of
from tests.unit.components.conftest import Up
from tests.unit.settings_support import EXISTING, HCLOUD


def test_records_are_set_only_after_the_vps_serves(up: Up) -> None:
    recorder = up(load_balancer={"enabled": True})
    (edge,) = recorder.named("Edge")

    for name in ("proxy-site", "tunnel-open", "balancer-site"):
        assert recorder[name].urn in edge.options.dependencies, name


@pytest.mark.parametrize("mode", MODES)
def test_what_has_a_file_in_nginx_goes_before_the_site_and_that_before_nginx(
    up: Up, mode: str
) -> None:
    recorder = up(edge={"mode": mode})
    steps = {one.name for one in recorder.registered}
    users = {"watch-watcher", "public-certificate-obtained", "proxy-tls"} & steps

    assert len(users) == (1 if mode in {"direct-http", "flexible"} else 2)
    for name in users:
        assert recorder["proxy-site"].urn in recorder[name].options.dependencies, name
    for name in ("proxy-site", "proxy-access-log"):
        assert recorder["proxy-packages"].urn in recorder[name].options.dependencies, name


@pytest.mark.parametrize("server", [HCLOUD, EXISTING], ids=["hcloud", "existing"])
@pytest.mark.parametrize("mode", ["direct", "strict"])
def test_every_step_comes_after_the_first_one_on_its_host_and_goes_before_it(
    up: Up, server: dict[str, Any], mode: str
) -> None:
    recorder = up(server, load_balancer={"enabled": True}, edge={"mode": mode})
    needs = {one.urn: set(one.options.dependencies) for one in recorder.registered}

    def everything_before(urn: str) -> set[str]:
        found, left = set[str](), [urn]
        while left:
            new = needs.get(left.pop(), set()) - found
            found |= new
            left += new
        return found

    # The guard keeps nothing; its own test is below.
    apart = {recorder[name].urn for name in ("vps-boot", "wsl-start-step", "wsl-host-guard")}
    for one in recorder.named("Command"):
        on_the_vps = one.type == "command:remote:Command" or step_of(one.name) != one.name
        first = recorder["vps-boot" if on_the_vps else "wsl-start-step"].urn
        assert one.urn in apart or first in everything_before(one.urn), one.name


@pytest.mark.parametrize("mode", ["flexible", "strict"])
def test_the_guard_of_the_wsl_host_depends_on_every_resource(up: Up, mode: str) -> None:
    recorder = up(load_balancer={"enabled": True}, edge={"mode": mode})
    (guard,) = recorder.named("WslHost")
    others = {
        one.urn
        for one in recorder.registered
        if one.options.custom and one.name != "wsl-host-guard"
    }

    assert others <= set(guard.options.dependencies)
