"""Nothing a configuration can hold breaks out of a file that is made from it."""

import re
import shlex
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Template
from pulumi.runtime import set_all_config

from components import rendering
from components.naming import StackName
from components.rendering import TEMPLATES
from components.reverse_proxy import Acme, NoTls, SelfSigned, Tls
from components.reverse_proxy.site import acme_files
from components.step import render_step
from settings import ExistingServer, Settings, load_settings
from tests.unit import skeleton
from tests.unit.every_file import json_files, line_files, nginx_files, task_file
from tests.unit.hostile import (
    INJECTIONS,
    MARK,
    OWN,
    RENTED,
    configurations,
    encoded,
    misshapen,
)
from tests.unit.settings_support import NAMESPACE

# Pulumi's own rule for the names of projects and stacks.
STACKS = st.builds(
    StackName,
    project=st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True),
    stack=st.from_regex(r"[A-Za-z0-9._-]{1,60}", fullmatch=True),
)
STACK = StackName(project="vps-reverse-proxy", stack="dev")
Shape = Callable[[str], object]
# What XML itself cannot hold is in no name of Windows' either.
NAMES = st.text(
    st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\ufffe\uffff"),
    min_size=1,
    max_size=12,
) | st.sampled_from([one for one in INJECTIONS if one.isprintable()])
MORE_UNITS = ("watcher.service", "sockets.mount", "sandbox.conf")
CONSTANT = {
    "closed-kernel.conf.j2",
    "closed-profile.j2",
    "core-limits.conf.j2",
    "coredump.conf.j2",
    "issue.j2",
    "kernel.conf.j2",
    "modules.conf.j2",
    "nginx-restart.conf.j2",
    "noexec.service.j2",
}


def load(config: dict[str, Any]) -> Settings | None:
    """The settings, or nothing where they are refused as they should be."""
    texts = {f"{NAMESPACE}:{key}": text for key, text in encoded(config).items()}
    set_all_config(texts, [f"{NAMESPACE}:services", f"{NAMESPACE}:alerts"])
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
    for name in ("acme.service", "acme.timer", "tunnel.service", "tmpfiles.conf", *MORE_UNITS):
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

    assert words == [
        f"stack={stack.owner}",
        f"directory={acme.directory}",
        f"email={acme.email}",
        f"hostnames={' '.join(hostnames)}",
    ]
    plain = json_files(the_plain_one(some), STACK)
    same_shape(skeleton.json_text, json_files(some, stack), plain)


@given(stack=STACKS, distribution=NAMES)
@settings(max_examples=50)
def test_what_windows_calls_the_distribution_stays_a_value_in_its_task(
    stack: StackName, distribution: str
) -> None:
    def tags(text: str) -> list[str]:
        return [element.tag for element in ET.fromstring(text).iter()]

    assert tags(task_file(stack, distribution)) == tags(task_file(STACK, "Debian"))


def test_every_template_is_rendered_here_or_holds_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: set[str] = set()
    find = rendering._environment.get_template

    def noted(name: str, *rest: Any) -> Template:
        rendered.add(name)
        return find(name, *rest)

    monkeypatch.setattr(rendering._environment, "get_template", noted)
    for config in (RENTED, OWN):
        some = load(config)
        assert some is not None
        for tls in (NoTls(), SelfSigned()):
            nginx_files(some, STACK, tls)
        line_files(some, STACK)
    task_file(STACK, "Debian")

    every = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.j2")}
    assert every.keys() - rendered == CONSTANT
    for name in CONSTANT:
        assert not re.search(r"\{[{%]", every[name]), name


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
