"""A stack and a service with the longest names there are, wherever a name has little room."""

import re
from collections.abc import Iterator

import pytest

from components.edge import record_comment
from components.load_balancer import render_load_balancer
from components.naming import StackName
from components.rendering import render
from components.reverse_proxy import NoTls, SelfSigned
from components.reverse_proxy.site import render_upstreams
from components.sockets import Sockets
from settings import Settings
from tests.unit.components.samples import settings
from tests.unit.components.test_templates import ACME, EDGE, site

NGINX_VARIABLE = 46  # letters: what its table has room for by default, without the `$`
SOCKET_PATH = 107  # bytes; the kernel's end is a zero
RULE_REF = 64  # letters, at Cloudflare
RECORD_COMMENT = 100  # letters, at Cloudflare
COMMON_NAME = 64  # letters, in a certificate

LONG = "Stack." + "s" * 94
STACKS = [
    StackName(project="p" * 100, stack=stack)
    for stack in (LONG, f"{LONG[:-1]}t", "s" * 100, "s" * 29, "my-company-voice-prod")
]


def named(*services: str) -> Settings:
    """Services of these names, each with a key."""
    return settings(
        services=[
            {
                "name": name,
                "hostname": f"{name[:8]}{index}.gonova.one",
                "port": 8080 + index,
                "upstreams": [f"127.0.0.1:{9000 + index}"],
                "api_keys": {"alice": f"{index}" + "A" * 8 + "0123456789abcdef" * 2},
            }
            for index, name in enumerate(services)
        ],
        load_balancer={"enabled": True},
    )


def nginx_texts(stack: StackName) -> Iterator[str]:
    """Everything that nginx is told for a stack, on both hosts."""
    some = named("a" * 63, "tts")
    for trusted in ((), EDGE):
        for tls, port in ((NoTls(), 80), (SelfSigned(), 80), (SelfSigned(), 443), (ACME, 443)):
            yield site(some, stack=stack, trusted=trusted, tls=tls, port=port)
    yield render_upstreams(
        stack=stack,
        services=some.services,
        proxy=some.proxy,
        sockets=Sockets(stack=stack, connections=16),
    )
    yield render_load_balancer(
        stack=stack, services=some.services, proxy=some.proxy, limits=some.limits, port=80
    )
    yield render(
        "watch.conf.j2",
        owner=stack.owner,
        name=f"vps-reverse-proxy-watch-{stack.slug}",
        port=9080,
        outside_port=9081,
        allow=(),
    )


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: str(stack.stack))
def test_no_variable_is_too_long_for_nginx(stack: StackName) -> None:
    variables = {name for text in nginx_texts(stack) for name in re.findall(r"\$(\w+)", text)}

    assert f"stack_{stack.slug}_passed_on" in variables
    assert [name for name in variables if len(name) > NGINX_VARIABLE] == []


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: str(stack.stack))
def test_the_path_of_a_socket_is_never_too_long_for_the_kernel(stack: StackName) -> None:
    paths = {
        path
        for service in ("a" * 63, "a" * 62 + "b")
        for path in Sockets(stack=stack, connections=16).of_service(service)
    }

    assert len(paths) == 32
    # The folder itself is a letter longer than the link to it.
    assert max(map(len, paths)) + 1 <= SOCKET_PATH


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: str(stack.stack))
def test_what_others_are_told_of_a_stack_is_as_short_as_they_take(stack: StackName) -> None:
    assert len(stack.names.ssl_rule) <= RULE_REF
    assert len(f"vps-reverse-proxy {stack.slug}") <= COMMON_NAME
    assert len(record_comment(stack)) <= RECORD_COMMENT


def test_records_of_two_long_stacks_are_told_apart() -> None:
    assert len({record_comment(stack) for stack in STACKS}) == len(STACKS)
