"""Who may ask, how often, and how errors and pages are told."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.lab.clouds.digitalocean.conftest import (
    TOKEN,
    Vendor,
    client_of,
    create,
    droplet,
    refusal,
)

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_said(
    serve: Callable[..., str], headers: dict[str, str]
) -> None:
    answer = httpx.get(f"{serve()}/v2/droplets", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["id"] == "Unauthorized"


def test_a_wrong_token_is_an_error_of_the_vendors_client(serve: Callable[..., str]) -> None:
    client = client_of(serve(), "x" * 64)
    assert refusal(client.droplets.list) == (401, "Unable to authenticate you")


@pytest.mark.parametrize(
    ("call", "body", "status", "error"),
    [
        ("POST /droplets", "{", 400, "bad_request"),
        ("POST /droplets", "[]", 400, "bad_request"),
        ("POST /droplets", "{}", 422, "unprocessable_entity"),
        ("GET /droplets/7", "", 404, "not_found"),
        ("GET /droplets/web", "", 404, "not_found"),
        ("GET /firewalls/7", "", 404, "not_found"),
        ("GET /nothing", "", 404, "not_found"),
        ("PATCH /droplets", "", 404, "not_found"),
        ("GET /droplets?page=0", "", 400, "bad_request"),
        ("DELETE /droplets", "", 400, "bad_request"),
    ],
)
def test_errors_have_their_status_and_id(
    serve: Callable[..., str], call: str, body: str, status: int, error: str
) -> None:
    method, path = call.split()
    answer = httpx.request(method, f"{serve()}/v2{path}", content=body, headers=AUTHORIZED)
    told = answer.json()
    assert (answer.status_code, told["id"]) == (status, error)
    assert told["message"]
    assert told["request_id"]
    assert answer.headers["ratelimit-limit"] == "5000"
    assert int(answer.headers["ratelimit-remaining"]) < 5000
    assert int(answer.headers["ratelimit-reset"]) > 0


def test_too_many_requests_are_refused(serve: Callable[..., str]) -> None:
    endpoint = serve(requests_per_hour=2)
    answers = [httpx.get(f"{endpoint}/v2/droplets", headers=AUTHORIZED) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["id"] == "too_many_requests"


def test_a_broken_api_says_so_without_details(serve: Callable[..., str], tmp_path: Path) -> None:
    endpoint = serve()
    (tmp_path / "digitalocean.new").mkdir()  # what is saved cannot be written
    answer = httpx.post(f"{endpoint}/v2/tags", json={"name": "web"}, headers=AUTHORIZED)
    assert (answer.status_code, answer.json()["id"]) == (500, "server_error")


def test_lists_come_in_pages_that_link_to_each_other(client: Vendor) -> None:
    for name in "abcde":
        client.tags.create(body={"name": name})
    assert client.tags.list()["links"] == {}
    answer = client.tags.list(per_page=2, page=2)
    assert [each["name"] for each in answer["tags"]] == ["c", "d"]
    assert answer["meta"] == {"total": 5}
    pages = answer["links"]["pages"]
    assert set(pages) == {"first", "prev", "next", "last"}
    following = httpx.get(pages["next"], headers=AUTHORIZED).json()
    assert [each["name"] for each in following["tags"]] == ["e"]
    assert set(following["links"]["pages"]) == {"first", "prev"}


def test_everything_is_there_again_after_a_restart(serve: Callable[..., str]) -> None:
    before = create(client_of(serve()), tags=["web"], ipv6=True)
    client = client_of(serve())
    assert droplet(client, before["id"]) == before
    assert [each["name"] for each in client.tags.list()["tags"]] == ["web"]


def test_the_state_is_for_its_owner_only(client: Vendor, tmp_path: Path) -> None:
    client.tags.create(body={"name": "web"})
    assert (tmp_path / "digitalocean.json").stat().st_mode & 0o077 == 0
