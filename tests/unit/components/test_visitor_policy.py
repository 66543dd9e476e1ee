"""What nginx holds visitors to, in every mode."""

import json
import re

import pytest

from components.modes import MODES
from components.reverse_proxy import VisitorPolicy
from settings import LimitSettings, Settings
from tests.unit.components.samples import POLICY, settings
from tests.unit.components.test_templates import ACME, EDGE, KEYED, site

TIGHT = VisitorPolicy(
    limits=LimitSettings(requests_per_second=7, burst=9, connections=11, body_megabytes=3),
    hsts=True,
)


def servers(text: str) -> list[str]:
    """The text of each server."""
    return re.split(r"^server \{$", text, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("trusted", [(), EDGE], ids=["direct", "proxied"])
@pytest.mark.parametrize("port", [80, 443])
def test_every_server_has_the_limits_of_the_settings(trusted: tuple[str, ...], port: int) -> None:
    text = site(settings(), trusted=trusted, tls=ACME, port=port, policy=TIGHT)

    assert "rate=7r/s;" in text
    for server in servers(text):
        assert re.search(r"limit_req zone=\w+_requests burst=9 nodelay;", server)
        assert re.search(r"limit_conn \w+_connections 11;", server)
        assert "client_max_body_size 3m;" in server
        assert "server_tokens off;" in server
        assert "return 429 '{" in server
        assert "Retry-After" in server


def test_visitors_are_told_apart_by_their_own_address_after_the_edge_told_it() -> None:
    text = site(settings())

    assert "map $remote_addr $stack_dev_visitor {" in text  # which real_ip has set by then
    assert "limit_req_zone $stack_dev_visitor " in text
    assert "$binary_remote_addr" not in text
    assert "limit_req_zone $realip" not in text


@pytest.mark.parametrize(
    ("address", "visitor"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:"),
        ("2001:db8:1:2::6", "2001:db8:1:2:"),
        ("2001:db8:1::6", "2001:db8:1:"),
        ("2001:db8::6", "2001:db8:"),
        ("::1", "::1"),
    ],
)
def test_a_visitor_of_ipv6_is_its_network(address: str, visitor: str) -> None:
    block = re.search(r"map \$remote_addr \$\w+_visitor \{(.*?)\n\}", site(settings()), re.DOTALL)
    assert block
    patterns = re.findall(r'"~(.*)" \$1;', block[1])
    found = next((match[1] for one in patterns if (match := re.match(one, address))), address)

    assert found == visitor


@pytest.mark.parametrize(
    "path",
    [
        *("/a/../b", "/a/..", "/./a", "//a", "/a//b", "/a\\..\\b", "/a/..;/b"),
        *("/a/%2e%2e/b", "/a%2Fb", "/a/%252e%252e/b", "/a%00", "/a%5c.."),
    ],
)
def test_a_path_that_two_readers_may_read_differently_is_refused(path: str) -> None:
    assert devious(path)


@pytest.mark.parametrize(
    "path", ["/v1/stream/asr", "/health", "/a.b/..c", "/a?b=../..//", "/~me/x-y_z", "/caf%C3%A9"]
)
def test_a_plain_path_is_served(path: str) -> None:
    assert not devious(path)


def devious(request_uri: str) -> bool:
    """What nginx's own pattern says of a path."""
    found = re.search(r'"~\*(.*)" 1;', site(settings()))
    assert found
    return re.search(found[1], request_uri, re.IGNORECASE) is not None


def test_a_stream_is_not_cut_by_the_time_outs_of_slow_clients() -> None:
    text = site(settings(services=[{"name": "asr", "stream_timeout": "2h"}]))
    stream = text[text.index("location /v1/stream/asr") :]
    stream = stream[: stream.index("}")]

    assert "send_timeout 7200s;" in stream
    assert "proxy_read_timeout 7200s;" in stream


def test_the_metrics_are_for_the_addresses_of_the_settings_alone() -> None:
    some = settings(services=[{"name": "asr", "metrics_allow": ["198.51.100.7"]}, {"name": "tts"}])
    first, second = servers(site(some))

    allowed = re.compile(r"location /metrics \{\s+((?:allow [^;]+;\s+)+)deny all;")
    assert allowed.findall(first)[0].split() == ["allow", "198.51.100.7/32;"]
    assert allowed.findall(second)[0].split() == ["allow", "127.0.0.0/8;", "allow", "::1/128;"]


@pytest.mark.parametrize(("policy", "seconds"), [(TIGHT, 63072000), (POLICY, 0)])
@pytest.mark.parametrize("port", [80, 443])
def test_browsers_are_told_of_https_by_every_answer(
    port: int, policy: VisitorPolicy, seconds: int
) -> None:
    text = site(settings(), tls=ACME, port=port, policy=policy)

    assert f'https "max-age={seconds}";' in text
    assert re.search(r"_hsts \{\s+default \"\";", text)  # nothing by http
    # A location that adds a header of its own inherits none.
    for server in servers(text):
        added = re.findall(r"add_header (\S+)", server)
        error = ["Retry-After", "Strict-Transport-Security"]
        assert added == ["Strict-Transport-Security", *error, *error]


@pytest.mark.parametrize("some", [settings(), KEYED], ids=["plain", "keyed"])
@pytest.mark.parametrize("port", [80, 443])
def test_an_answer_in_the_place_of_the_services_is_json_and_the_services_own_passes(
    some: Settings, port: int
) -> None:
    for server in servers(site(some, tls=ACME, port=port)):
        assert re.search(r"location @away \{[^}]*return 502 '\{\"error\": ", server)
        # A place with an error_page of its own inherits none.
        assert server.count("error_page 502 504 @away;") == server.count("error_page 429 @busy;")
    assert "proxy_intercept_errors" not in site(some, tls=ACME, port=port)


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_line_of_the_log_is_json_and_holds_no_query(mode: str) -> None:
    text = site(settings(), trusted=EDGE if MODES[mode].proxied else ())  # type: ignore[index] # a mode
    pieces = re.findall(r"^    '([{\"].*)';?$", text, re.MULTILINE)
    line = re.sub(r"(?<=:)\$\w+(?=[,}])", "0", "".join(pieces))

    assert json.loads(line)["service"] == "$stack_dev_service"
    assert not re.search(r"\$(request|request_uri|args|query_string|http_\w+|arg_\w+)\b", line)
