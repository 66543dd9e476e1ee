"""The rule language: what parses, and what it says about a hostname."""

from __future__ import annotations

import pytest

from lab.clouds.cloudflare.envelope import ApiError
from lab.clouds.cloudflare.expressions import parse


@pytest.mark.parametrize(
    ("expression", "host", "holds"),
    [
        ('(http.host in {"asr.gonova.one" "tts.gonova.one"})', "tts.gonova.one", True),
        ('(http.host in {"asr.gonova.one" "tts.gonova.one"})', "www.gonova.one", False),
        ('(http.host eq "a") or (http.host eq "b")', "b", True),
        ('http.host == "a" || http.host == "b"', "c", False),
        ('not http.host eq "a"', "b", True),
        ('http.host ne "a" and http.host contains "b"', "abc", True),
        ('http.host wildcard "*.gonova.one"', "asr.gonova.one", True),
        ('http.host eq "a" and ip.src eq 192.0.2.1', "b", False),
        ('http.host eq "a" and ip.src eq 192.0.2.1', "a", None),
        ('http.host eq "a" or ssl', "a", True),
        ('http.host eq "a" xor http.host eq "b"', "b", True),
        ('lower(http.host) eq "a"', "a", None),
        ("true", "anything", True),
        ("ip.src in {192.0.2.0/24 2001:db8::/32}", "a", None),
        ("ip.src in $office", "a", None),
        ('any(http.request.headers["x"][*] eq "y")', "a", None),
        ('starts_with(http.request.uri.path, "/v1")', "a", None),
    ],
)
def test_an_expression_says_whether_a_host_matches(
    expression: str, host: str, holds: object
) -> None:
    assert parse(expression).holds_for(host) is holds


@pytest.mark.parametrize(
    "expression",
    [
        "",
        '(http.host eq "a"',
        'http.host eq "a")',
        "http.host eq asr",
        'http.host eq "a',
        'http.host in {"a"',
        "http.host in {}",
        'http.hots "a"',
        'host eq "a"',
        'http.host eq "a" or',
        'evil(http.host) eq "a"',
        "?",
    ],
)
def test_what_is_not_an_expression_is_refused_with_its_place(expression: str) -> None:
    with pytest.raises(ApiError, match="is not a valid value for expression") as error:
        parse(expression)
    assert error.value.status == 400
