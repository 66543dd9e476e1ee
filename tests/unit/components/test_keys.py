"""API keys on their way to nginx."""

import base64
import hashlib
import re

import pulumi
import pytest

from components.naming import StackName
from components.reverse_proxy.keys import canary_key, key_files, key_hash, keys_file, render_keys
from tests.unit.components.samples import STACK, settings
from tests.unit.components.test_templates import ACME, EDGE, balancer, site
from tests.unit.components.test_visitor_policy import servers

ALICE = "alice-key-0123456789abcdefABCDEF"
BOB = "bob_key_-0123456789abcdefABCDEF" + "x"
SOME = settings(
    services=[{"name": "asr", "api_keys": {"bob": BOB, "alice": ALICE}}, {"name": "tts"}]
)

CANARY = canary_key(SOME.services[0])


def test_only_hashes_are_rendered() -> None:
    text = render_keys(SOME.services)

    assert ALICE not in text
    assert BOB not in text
    assert text.splitlines()[1:] == [
        f'"~^asr:alice-ke$" "{key_hash(ALICE)}/alice";',
        f'"~^asr:bob_key_$" "{key_hash(BOB)}/bob";',
        f'"~^asr:{CANARY[:8]}$" "{key_hash(CANARY)}/canary";',
    ]


def test_a_hash_is_what_nginx_computes() -> None:
    padded = key_hash(ALICE) + "=="

    assert base64.urlsafe_b64decode(padded) == hashlib.md5(ALICE.encode()).digest()


@pulumi.runtime.test
def test_the_file_of_hashes_is_a_secret() -> pulumi.Output[None]:
    files = key_files(SOME.services)

    async def check() -> None:
        assert await files["api.keys"].is_secret()

    return pulumi.Output.from_input(check())


def test_services_without_keys_have_no_file() -> None:
    assert key_files(settings().services) == {}
    assert "key" not in site(settings()).replace('"key":""', "")


@pytest.mark.parametrize("trusted", [(), EDGE], ids=["direct", "proxied"])
@pytest.mark.parametrize("port", [80, 443])
def test_only_the_service_that_has_keys_asks_for_them(trusted: tuple[str, ...], port: int) -> None:
    text = site(SOME, trusted=trusted, tls=ACME, port=port)
    asr, tts = servers(text)

    stream = re.search(r"location /v1/stream/asr \{(.*?)\n    \}", asr, re.DOTALL)
    assert stream
    assert "auth_request /.api-key;" in stream[1]
    assert "limit_req zone=" in stream[1]  # nginx takes none over where there is one
    assert "error_log /var/log/nginx/error.log emerg;" in asr
    forwarding = [
        one
        for one in re.findall(r"location (?:= )?/v?\w.*?\n    \}", asr, re.DOTALL)
        if "proxy_pass" in one
    ]
    assert len(forwarding) == 3
    # Nothing below them is open.
    assert "location = /health {" in asr
    assert "location = /metrics {" in asr
    for location in forwarding:
        assert re.search(r"set \$args \$\w+_args;", location)
        assert re.search(r"proxy_set_header Authorization \$\w+_passed_on;", location)
    assert "$args" not in tts
    assert "Authorization" not in tts
    assert "auth_request" not in tts
    assert "error_log" not in tts
    assert f"include /etc/nginx/vps-reverse-proxy/dev/{port}.key[s];" in text
    assert ALICE not in text


def test_each_port_and_stack_has_hashes_of_its_own() -> None:
    other = StackName(project="vps-reverse-proxy", stack="other")

    assert len({keys_file(stack, port) for stack in (STACK, other) for port in (80, 443)}) == 4


def given(variable: str, source: str) -> str:
    """What nginx's map for a variable makes of its source's text."""
    named = rf'map (?:"[^"]*"|\S+) \$\w+_{variable} \{{(.*?)\n\}}'
    block = re.search(named, site(SOME), re.DOTALL)
    assert block
    return looked_up(block[1], source)


def looked_up(entries: str, source: str) -> str:
    """The value of the first pattern that fits, as nginx has it; nothing where none does."""
    for any_case, pattern, value in re.findall(r'"~(\*?)(.*)" (.*);', entries):
        if match := re.search(pattern, source, re.IGNORECASE if any_case else 0):
            return re.sub(r"\$(\d)", lambda group: match[int(group[1])], value.strip('"'))
    return ""


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", ""),
        ("?", ""),
        ("?a=1&b=2", "a=1&b=2"),
        ("?api_key=K", ""),
        ("?api_key=K&a=1", "a=1"),
        ("?a=1&api_key=K", "a=1"),
        ("?a=1&api_key=K&b=2", "a=1&b=2"),
        ("?api_key=K&a=1&api_key=K", ""),
        ("?my_api_key=mine", "my_api_key=mine"),
    ],
)
def test_the_service_gets_the_query_without_the_key(query: str, left: str) -> None:
    assert given("args", f"/v1/stream/asr{query}") == left
    asked = given("asked_key", f"/v1/stream/asr{query}")
    assert asked == ("K" if re.search(r"[?&]api_key=K", query) else "")


@pytest.mark.parametrize(
    ("header", "asked", "told"),
    [
        ("", "", ""),
        (f"Bearer {ALICE}", "", ""),
        ("Basic bWU6cHc=", "", ""),
        ("Basic bWU6cHc=", BOB, "$http_authorization"),
        ("Bearer a-token-of-the-services-own", BOB, "$http_authorization"),
        (f"Bearer {ALICE}", BOB, ""),
        (f"bearer  {BOB}", BOB, ""),
    ],
)
def test_the_service_gets_a_header_beside_a_key_in_the_query_and_never_a_key(
    header: str, asked: str, told: str
) -> None:
    start = given("bearer", header)
    entry = looked_up(render_keys(SOME.services), f"asr:{start}")

    assert given("passed_on", f"{entry}:{asked}") == told


def test_the_load_balancer_knows_no_keys() -> None:
    text = balancer(SOME, stack=STACK)

    assert "key" not in text
