"""Nothing a configuration can hold breaks out of a file that is made from it."""

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pulumi
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime import set_all_config

from components.access_log import access_log_files
from components.hardening.files import guarded_files
from components.load_balancer import forwards, render_load_balancer
from components.modes import MODES
from components.naming import StackName
from components.ports import open_ports
from components.rendering import render
from components.reverse_proxy import Acme, Guard, NoTls, SelfSigned, Tls, render_site
from components.reverse_proxy.keys import render_keys
from components.reverse_proxy.site import acme_files, render_ways, tls_files
from components.sockets import ELSEWHERE, OPEN_FILES, Sockets
from components.step import render_step
from components.tunnel_service import render_config, render_known_hosts
from components.upkeep.upkeep import upkeep_files
from settings import ExistingServer, Settings, load_settings
from tests.unit import skeleton
from tests.unit.hostile import (
    INJECTIONS,
    MARK,
    OWN,
    RENTED,
    configurations,
    encoded,
    misshapen,
)
from tests.unit.settings_support import HOST_KEY, NAMESPACE

RANGES = ("198.51.100.0/24", "2001:db8:ed6e::/48")
# Pulumi's own rule for the names of projects and stacks.
STACKS = st.builds(
    StackName,
    project=st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True),
    stack=st.from_regex(r"[A-Za-z0-9._-]{1,60}", fullmatch=True),
)
STACK = StackName(project="vps-reverse-proxy", stack="dev")
Shape = Callable[[str], object]


def load(config: dict[str, Any]) -> Settings | None:
    """The settings, or nothing where they are refused as they should be."""
    texts = {f"{NAMESPACE}:{key}": text for key, text in encoded(config).items()}
    set_all_config(texts, [f"{NAMESPACE}:services"])
    try:
        return load_settings(pulumi.Config(NAMESPACE))
    except pulumi.RunError as refused:
        first, *mistakes, last = str(refused).split("\n")
        assert first == "Invalid configuration:"
        assert last.startswith("Nothing was changed.")
        assert mistakes
        return None
    finally:
        set_all_config({}, [])


def nginx_files(some: Settings, stack: StackName, tls: Tls) -> dict[str, str]:
    """Every file for nginx."""
    trusted = RANGES if isinstance(tls, SelfSigned) else ()
    guard = Guard(limits=some.limits, hsts=some.edge.hsts)
    sockets = Sockets(stack=stack, connections=2)
    shared: dict[str, Any] = {"stack": stack, "services": some.services, "proxy": some.proxy}
    site: dict[str, Any] = {**shared, "trusted_proxies": trusted, "tls": tls, "guard": guard}
    files = {
        "site": render_site(**site),
        "ways": render_ways(**shared, sockets=sockets),
        "balancer": render_load_balancer(
            **shared, limits=some.limits, port=some.load_balancer.port
        ),
        "keys": render_keys(some.services),
    }
    if not isinstance(tls, NoTls):
        files |= tls_files(**site)
    return files


def line_files(some: Settings, stack: StackName) -> dict[str, str]:
    """Every file whose directives are lines: systemd, sshd, ssh, tmpfiles, limits, logrotate."""
    account, unit = some.tunnel.account, some.tunnel.unit
    sockets = Sockets(stack=stack, connections=2)
    server = some.server
    acme = Acme(directory=some.edge.acme.directory, email=some.edge.acme.email, patience=300)
    hostnames = [service.hostname for service in some.services]
    owner = stack.owner
    renewal = acme_files(stack=stack, hostnames=hostnames, tls=acme)
    ssh_port = server.port if isinstance(server, ExistingServer) else 22
    login = server.user if isinstance(server, ExistingServer) else server.admin
    opened = open_ports(MODES["full"], RANGES, ssh_allow=server.ssh_allow, ssh_port=ssh_port)
    closed = {
        **guarded_files(stack=stack, user=login, open_ports=opened),
        **upkeep_files(
            stack=stack,
            reboot_window=server.reboot_window,
            ssh_port=ssh_port,
            edge_ranges=RANGES,
        ),
    }
    return {
        **{name: renewal[name] for name in ("acme.conf", "acme.service", "acme.timer")},
        **access_log_files(stack),
        **{name: text for name, text in closed.items() if name not in {"rollback", "holds-tunnel"}},
        "sshd.conf": render("sshd.conf.j2", owner=owner, account=account),
        "ssh_config": render(
            "ssh_config.j2",
            owner=owner,
            unit=unit,
            address=server.address if isinstance(server, ExistingServer) else "203.0.113.16",
            port=ssh_port,
            account=account,
        ),
        # Their first words are values: a keyword none could be told from.
        "known_hosts": "- "
        + render_known_hosts(
            alias=unit, host_key=server.host_key if isinstance(server, ExistingServer) else HOST_KEY
        ),
        "tunnel.service": render(
            "tunnel.service.j2", owner=owner, unit=unit, open_files=OPEN_FILES
        ),
        "tmpfiles.conf": render(
            "tmpfiles.conf.j2",
            owner=owner,
            account=account,
            directory=sockets.directory,
            folders=sockets.folders,
            elsewhere=ELSEWHERE,
        ),
        "limits.conf": "- "
        + render(
            "limits.conf.j2", owner=owner, account=account, open_files=OPEN_FILES
        ).splitlines()[-1],
    }


def same_shape(shape: Shape, files: dict[str, str], plain: dict[str, str]) -> None:
    """Both sets of files are the same but for values, and no value is a directive of ours."""
    assert files.keys() == plain.keys()
    for name, text in files.items():
        assert shape(text) == shape(plain[name]), name
        assert MARK not in "".join(map(str, [shape(text)])), name


def the_plain_one(some: Settings) -> Settings:
    """The good configuration that a hostile one was made from."""
    found = load(OWN if isinstance(some.server, ExistingServer) else RENTED)
    assert found is not None
    return found


@given(config=misshapen())
@settings(max_examples=150)
def test_whatever_a_configuration_is_it_is_loaded_or_refused_in_words(
    config: dict[str, Any],
) -> None:
    load(config)


@given(config=configurations(), tls=st.sampled_from([NoTls(), SelfSigned()]), stack=STACKS)
@settings(max_examples=150)
def test_what_is_accepted_stays_a_value_in_nginx(
    config: dict[str, Any], tls: Tls, stack: StackName
) -> None:
    some = load(config)
    if some is None:
        return

    plain = nginx_files(the_plain_one(some), STACK, tls)

    same_shape(renamed, nginx_files(some, stack, tls), plain)


def renamed(text: str) -> object:
    """The shape of an nginx file without the names it gives to its own variables and servers."""
    # How often each path and name occurs is the configuration's own: keys of a map, and no more.
    shapes = skeleton.nginx(text)
    keywords = re.compile(r"^[a-z_]+$")
    return [
        shape
        if keywords.fullmatch(shape.split(" ")[1]) and "." not in shape
        else re.sub(r"^(\d+) .* (\d+\S)$", r"\1 * \2", shape)
        for shape in shapes
    ]


@given(config=configurations(), stack=STACKS)
@settings(max_examples=150)
def test_what_is_accepted_stays_a_value_in_systemd_and_ssh(
    config: dict[str, Any], stack: StackName
) -> None:
    some = load(config)
    if some is None:
        return
    files = line_files(some, stack)

    same_shape(skeleton.lines, files, line_files(the_plain_one(some), STACK))
    # systemd would put something else in the place of a %.
    for name in ("acme.service", "acme.timer", "tunnel.service", "tmpfiles.conf"):
        assert "%" not in files[name]


@given(config=configurations(), stack=STACKS)
@settings(max_examples=100)
def test_what_is_accepted_stays_a_value_in_shell_and_json(
    config: dict[str, Any], stack: StackName
) -> None:
    some = load(config)
    if some is None:
        return
    acme = Acme(directory=some.edge.acme.directory, email=some.edge.acme.email, patience=300)
    hostnames = [service.hostname for service in some.services]
    words = shlex.split(
        acme_files(stack=stack, hostnames=hostnames, tls=acme)["acme.conf"], comments=True
    )
    told = json.loads(
        render_config(
            sockets=Sockets(stack=stack, connections=2),
            forwards=forwards(some.services, some.load_balancer),
        )
    )

    assert words == [
        f"stack={stack.owner}",
        f"directory={acme.directory}",
        f"email={acme.email}",
        f"hostnames={' '.join(hostnames)}",
    ]
    assert isinstance(told, dict)


@given(
    values=st.dictionaries(
        st.sampled_from(["stack", "unit", "account"]), st.sampled_from(INJECTIONS)
    ),
    text=st.lists(st.sampled_from([*INJECTIONS, "END-"]), max_size=4).map("".join),
)
@settings(max_examples=100)
def test_a_steps_values_and_files_are_quoted_whatever_they_hold(
    values: dict[str, str], text: str
) -> None:
    step = render_step("nginx-log.sh", values, {"a file": text})

    for name, value in values.items():
        assert f"\n{name}={shlex.quote(value)}\n" in step
    (body,) = re.findall(r"\nstage 'a file' <<'(END-[0-9a-f]{16})'\n(.*?\n?)\1\n", step, re.DOTALL)
    assert body[1] in {text, f"{text}\n"}


@given(base=st.sampled_from(["good", "a.b"]), extra=st.sampled_from(INJECTIONS))
def test_the_shape_of_a_file_tells_of_an_injection(base: str, extra: str) -> None:
    """What the tests above look with is not blind."""
    broken = f"server {{ server_name {base}; {MARK} on; }}"

    assert skeleton.nginx(broken) != skeleton.nginx(f"server {{ server_name {base}; }}")
    assert skeleton.lines(f"User {base}\n{MARK} yes") != skeleton.lines(f"User {base}")
    quoted = 'a "' + re.sub(r'(["\\])', r"\\\1", extra) + '";'
    assert skeleton.nginx(quoted) == ["0 a 2;"]
