"""What the program tells bin/ops of a stack, and how bin/ops takes it."""

import json
from pathlib import Path

import pytest

from components.naming import StackName
from components.outputs import describe_operations
from components.reverse_proxy.keys import canary_key, canary_keys
from ops.errors import OpsError
from ops.operations import operations_of
from tests.unit.settings_support import load

STACK = StackName(project="vps-reverse-proxy", stack="dev")
WHERE = {"vpsAddress": "203.0.113.16", "login": {"port": 2222}}


def test_what_the_program_tells_is_what_bin_ops_takes() -> None:
    settings = load(load_balancer={"enabled": True, "port": 80}, edge={"mode": "strict"})
    told = json.loads(json.dumps(describe_operations(settings, STACK)))
    found = operations_of({"operations": told, **WHERE})

    assert (found.owner, found.slug, found.mode) == ("vps-reverse-proxy/dev", "dev", "strict")
    assert (found.address, found.ssh_port, found.balancer_port) == ("203.0.113.16", 2222, 80)
    assert [service.name for service in found.services] == ["asr", "tts"]
    assert found.services[0].upstreams == ("127.0.0.1:8001",)
    assert found.services[0].balancer_port == 18080
    assert found.answers.proxied
    assert found.metrics_ports == (9080,)
    assert not any(service.keyed for service in found.services)


@pytest.mark.parametrize(
    ("watch", "ports"),
    [
        ({"enabled": False}, ()),
        ({"metrics_port": 9500}, (9500,)),
        ({"metrics_port": 9500, "metrics_allow": ["192.0.2.0/24"]}, (9500, 9501)),
    ],
)
def test_where_the_figures_are_is_told_as_the_settings_have_it(
    watch: dict[str, object], ports: tuple[int, ...]
) -> None:
    told = describe_operations(load(watch=watch), STACK)

    assert operations_of({"operations": told, **WHERE}).metrics_ports == ports


def test_without_a_load_balancer_there_is_no_port_of_it() -> None:
    told = describe_operations(load(), STACK)
    found = operations_of({"operations": told, **WHERE})

    assert found.balancer_port is None
    assert {service.balancer_port for service in found.services} == {None}


def test_where_the_wsl_host_is_another_machine_its_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "machine-id"
    here.write_text("a" * 32 + "\n")
    monkeypatch.setattr("ops.operations.MACHINE_ID", here)
    told = {"operations": describe_operations(load(), STACK), **WHERE}
    ours = {"machineId": "a" * 32, "hostname": "wsl"}

    assert operations_of(told).elsewhere() == ""
    assert operations_of({**told, "wslHost": ours}).elsewhere() == ""
    there = operations_of({**told, "wslHost": {**ours, "machineId": "b" * 32}})
    assert there.elsewhere() == f"the WSL host is wsl (machine-id {'b' * 32}), not this machine"


@pytest.mark.parametrize(
    "outputs", [{}, WHERE, {"operations": {}, **WHERE}, {"operations": None, **WHERE}]
)
def test_outputs_of_an_older_version_are_refused_with_the_way_out(
    outputs: dict[str, object],
) -> None:
    with pytest.raises(OpsError, match="run pulumi up once"):
        operations_of(outputs)


KEYED = [
    {"name": "asr", "api_keys": {"alice": f"{7**60:x}", "bob": f"{11**60:x}"}},
    {"name": "tts"},
]


def test_a_service_that_asks_for_a_key_is_shown_the_canarys_own() -> None:
    settings = load(secret=("services",), services=KEYED)
    told = describe_operations(settings, STACK)
    keys = canary_keys(settings.services)
    found = operations_of({"operations": told, "canaryApiKeys": keys, **WHERE})

    keyed, open_ = found.services
    assert keyed.authorization == {"Authorization": f"Bearer {canary_key(settings.services[0])}"}
    assert open_.authorization == {}
    assert keys["asr"] not in repr(found)
    assert keys["asr"] not in json.dumps(told)


def test_a_stack_whose_last_run_told_no_key_is_to_be_run_once_more() -> None:
    told = describe_operations(load(secret=("services",), services=KEYED), STACK)

    with pytest.raises(OpsError, match="run pulumi up once"):
        operations_of({"operations": told, **WHERE})
