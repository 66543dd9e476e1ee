"""Who may ask, how often, in what pages, and how errors are told."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lab.clouds.vultr.rate_limit import RateLimit
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.vultr.conftest import PUBLIC_KEY, TOKEN, Vultr


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_said_about_the_account(
    serve: Callable[..., str], headers: dict[str, str]
) -> None:
    answer = httpx.get(f"{serve()}/instances", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Invalid API token.", "status": 401}


def test_what_is_for_sale_is_told_to_everybody(serve: Callable[..., str]) -> None:
    stranger = Vultr(serve(), token=None)
    for path in ("/plans", "/regions", "/regions/fra/availability", "/os"):
        stranger.get(path)


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("POST /instances", "{", 400),
        ("POST /instances", "[]", 400),
        ("POST /instances", '{"region": 7}', 400),
        ("GET /instances/7", "", 404),
        ("GET /firewalls/7", "", 404),
        ("GET /ssh-keys/7", "", 404),
        ("GET /startup-scripts/7", "", 404),
        ("GET /reserved-ips/7", "", 404),
        ("GET /nothing", "", 404),
        ("PUT /instances", "", 404),
        ("GET /instances?cursor=x", "", 400),
        ("GET /instances?per_page=many", "", 400),
        ("GET /regions/xyz/availability", "", 400),
        ("GET /plans?type=xyz", "", 400),
    ],
)
def test_errors_have_their_status_twice(
    serve: Callable[..., str], call: str, body: str, status: int
) -> None:
    method, path = call.split()
    answer = httpx.request(
        method, serve() + path, content=body, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == status
    assert answer.json()["status"] == status
    # The published provider looks for this text, without a space.
    assert f'"status":{status}' in answer.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/instances/7", "instance not found"),  # which the published provider does not know
        ("/ssh-keys/7", "Invalid ssh key"),
    ],
)
def test_what_is_gone_is_told_in_vultrs_words(vultr: Vultr, path: str, words: str) -> None:
    assert vultr.refusal(f"GET {path}") == (404, words)


def test_too_many_requests_in_a_second_are_refused(serve: Callable[..., str]) -> None:
    vultr = Vultr(serve(requests_per_second=2))
    assert [vultr.ask("GET /instances").status_code for _ in range(3)] == [200, 200, 429]


def test_the_next_second_has_requests_again() -> None:
    now = 100.0
    limit = RateLimit(2, clock=lambda: now)
    assert [limit.take() for _ in range(3)] == [True, True, False]
    now = 101.0
    assert limit.take()


def test_a_fault_of_the_api_itself_is_a_500_without_its_inside(
    vultr: Vultr, machines: FakeMachines, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = vultr.instance()["id"]

    def fail(_: str) -> bool:
        raise RuntimeError("the inside")

    monkeypatch.setattr(machines, "running", fail)
    status, words = vultr.refusal(f"GET /instances/{key}")
    assert status == 500
    assert "inside" not in words


def test_lists_come_in_pages_by_cursor(vultr: Vultr) -> None:
    names = [f"key-{number}" for number in range(5)]
    for name in names:
        vultr.post("/ssh-keys", name=name, ssh_key=PUBLIC_KEY)
    seen: list[str] = []
    cursor = ""
    while True:
        page = vultr.get(f"/ssh-keys?per_page=2&cursor={cursor}")
        assert page["meta"]["total"] == 5
        seen += [key["name"] for key in page["ssh_keys"]]
        if not (cursor := page["meta"]["links"]["next"]):
            break
    assert seen == names
    back = vultr.get(f"/ssh-keys?per_page=2&cursor={page['meta']['links']['prev']}")
    assert [key["name"] for key in back["ssh_keys"]] == ["key-2", "key-3"]


def test_the_account_is_there_again_after_a_restart(
    serve: Callable[..., str], tmp_path: Path
) -> None:
    key = Vultr(serve()).instance(label="web")["id"]
    again = Vultr(serve())
    shown = again.get(f"/instances/{key}")["instance"]
    assert (shown["label"], shown["power_status"]) == ("web", "running")
    assert (tmp_path / "vultr.json").stat().st_mode & 0o077 == 0
