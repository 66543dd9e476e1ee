"""Who may ask, how often, and how errors are told."""

from collections.abc import Callable

import httpx
import pytest

from lab.clouds.hetzner.rate_limit import RateLimit
from lab.clouds.hetzner.validation import selects
from tests.unit.lab.clouds.hetzner.conftest import TOKEN, Vendor, client_of
from tests.unit.lab.clouds.hetzner.test_servers import create, refusal

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_said(
    serve: Callable[..., str], headers: dict[str, str]
) -> None:
    answer = httpx.get(f"{serve()}/servers", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


def test_a_wrong_token_is_an_error_of_the_vendors_client(serve: Callable[..., str]) -> None:
    error = refusal(client_of(serve(), "x" * 64).servers.get_all)
    assert error.code == "unauthorized"


@pytest.mark.parametrize(
    ("call", "body", "status", "code"),
    [
        ("POST /servers", "{", 400, "json_error"),
        ("POST /servers", "[]", 400, "json_error"),
        ("POST /servers", "{}", 422, "invalid_input"),
        ("GET /servers/7", "", 404, "not_found"),
        ("GET /servers/web", "", 404, "not_found"),
        ("GET /nothing", "", 404, "not_found"),
        ("PATCH /servers", "", 404, "not_found"),
        ("GET /servers?sort=color", "", 422, "invalid_input"),
        ("GET /servers?page=0", "", 422, "invalid_input"),
    ],
)
def test_errors_have_their_status_and_code(
    serve: Callable[..., str], call: str, body: str, status: int, code: str
) -> None:
    method, path = call.split()
    answer = httpx.request(method, serve() + path, content=body, headers=AUTHORIZED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["RateLimit-Limit"] == "3600"
    assert answer.headers["X-Correlation-Id"]


def test_too_many_requests_are_refused(serve: Callable[..., str]) -> None:
    endpoint = serve(requests_per_hour=2)
    answers = [httpx.get(f"{endpoint}/servers", headers=AUTHORIZED) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "rate_limit_exceeded"
    assert answers[1].headers["RateLimit-Remaining"] == "0"


def test_the_rate_limit_refills_with_time() -> None:
    now = [0.0]
    limit = RateLimit(3600, clock=lambda: now[0])
    assert all(limit.take() for _ in range(3600))
    assert not limit.take()
    now[0] = 1.0
    assert limit.take()
    assert not limit.take()
    assert limit.headers()["RateLimit-Reset"] == "3601"


def test_actions_are_listed_together_and_by_resource(client: Vendor) -> None:
    server = create(client)
    other = create(client, name="other")
    commands = [action.command for action in client.servers.get_actions(server)]
    assert commands == ["create_server", "start_server"]
    assert len(client.servers.actions.get_all()) == 4
    mine = client.servers.get_actions(other)
    ids = "&".join(f"id={action.id}" for action in mine)
    found = client.request("GET", f"/actions?{ids}&sort=status&sort=id")["actions"]
    assert [each["id"] for each in found] == [action.id for action in mine]
    assert found[0]["resources"][0] == {"id": other.id, "type": "server"}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("a=1", True), ("a==1,b", True), ("a!=1", False), ("c!=1", True), ("!c", True),
        ("!a", False),
        ("a in (1,2)", True), ("a notin (1, 2)", False), ("a=1,c", False), ("x/y=z", True),
    ],
)  # fmt: skip
def test_label_selectors_match_as_documented(selector: str, matches: bool) -> None:  # noqa: FBT001  # a parameter of the test's table
    assert selects(selector, {"a": "1", "b": "", "x/y": "z"}) is matches
