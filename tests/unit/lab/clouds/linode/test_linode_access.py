"""Who may ask, how often, how errors are told, and how lists are asked for."""

from collections.abc import Callable

import httpx
import pytest

from lab.clouds.linode.rate_limit import RateLimit
from tests.unit.lab.clouds.linode.conftest import (
    PUBLIC_KEY,
    TOKEN,
    Vendor,
    client_of,
    create,
    refusal,
)

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_said(
    serve: Callable[..., str], headers: dict[str, str]
) -> None:
    answer = httpx.get(f"{serve()}/linode/instances", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"reason": "Invalid Token"}]}


@pytest.mark.parametrize("path", ["linode/types", "regions", "regions/availability"])
def test_what_is_sold_is_told_to_anybody_but_not_to_a_wrong_token(
    serve: Callable[..., str], path: str
) -> None:
    endpoint = serve()
    assert httpx.get(f"{endpoint}/{path}").status_code == 200
    assert refusal(lambda: client_of(endpoint, "x" * 64).get(f"/{path}")).status == 401


@pytest.mark.parametrize(
    ("call", "body", "status", "reason"),
    [
        ("POST /linode/instances", "{", 400, "Invalid JSON"),
        ("POST /linode/instances", "[]", 400, "JSON object"),
        ("POST /linode/instances", "{}", 400, "type is required"),
        ("GET /linode/instances/7", "", 404, "Not found"),
        ("GET /linode/types/nothing", "", 404, "Not found"),
        ("GET /nothing", "", 404, "Not found"),
        ("PATCH /profile", "", 404, "Not found"),
        ("GET /regions?page=0", "", 400, "Must be 1-"),
        ("GET /regions?page_size=24", "", 400, "Must be 25-500"),
    ],
)
def test_errors_have_their_status_and_reason(
    serve: Callable[..., str], call: str, body: str, status: int, reason: str
) -> None:
    method, path = call.split()
    answer = httpx.request(method, serve() + path, content=body, headers=AUTHORIZED)
    assert answer.status_code == status
    assert reason in answer.json()["errors"][0]["reason"]
    assert answer.headers["X-RateLimit-Limit"] == "800"


def test_too_many_requests_are_refused_for_a_while(serve: Callable[..., str]) -> None:
    endpoint = serve(requests_per_minute=2)
    answers = [httpx.get(f"{endpoint}/profile", headers=AUTHORIZED) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["errors"] == [{"reason": "Too many requests"}]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60


def test_the_rate_limit_refills_with_the_next_minute() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.take() for _ in range(3)] == [True, True, False]
    now[0] = 60.0
    assert limit.take()


def test_the_same_is_served_under_both_versions(serve: Callable[..., str]) -> None:
    beta = serve().replace("/v4", "/v4beta")
    assert client_of(beta).profile().username == "lab"


def test_a_page_after_the_last_is_empty_as_clients_ping_with_it(serve: Callable[..., str]) -> None:
    answer = httpx.get(f"{serve()}/linode/types?page=100", headers=AUTHORIZED)
    assert answer.status_code == 200
    assert answer.json()["data"] == []
    assert answer.json()["page"] == 100


def test_lists_come_in_pages(client: Vendor) -> None:
    first = client.get("/regions/availability?page_size=100")
    assert (len(first["data"]), first["page"]) == (100, 1)
    assert first["pages"] == -(-first["results"] // 100) > 1
    last = client.get(f"/regions/availability?page_size=100&page={first['pages']}")
    assert len(last["data"]) == first["results"] % 100


def test_lists_are_filtered_as_clients_ask(client: Vendor) -> None:
    one, two = create(client, tags=["blue"]), create(client, label="other")
    filters = (
        ({"label": "web"}, [one.id]),
        ({"tags": "blue"}, [one.id]),
        ({"label": {"+contains": "THE"}}, [two.id]),
        ({"+and": [{"label": {"+eq": "web"}}, {"region": "eu-central"}]}, [one.id]),
        ({"id": {"+gt": one.id}}, [two.id]),
        ({"+or": [{"label": "web"}, {"label": "other"}], "status": "running"}, [one.id, two.id]),
        ({"+order_by": "label", "+order": "asc"}, [two.id, one.id]),
    )
    for wanted, ids in filters:
        found = client.get("/linode/instances", filters=wanted)["data"]
        assert [each["id"] for each in found] == ids, wanted
    for bad in ({"+near": 1}, {"id": {"+is": 1}}, {"+and": 1, "id": 1}):
        error = refusal(lambda bad=bad: client.get("/linode/instances", filters=bad))  # type: ignore[misc]  # a bound loop variable
        assert error.json["errors"][0]["field"] == "X-Filter"


def test_events_are_found_by_what_they_are_about(client: Vendor) -> None:
    create(client)
    other = create(client, label="other")
    wanted = {
        "entity.type": "linode",
        "entity.id": other.id,
        "action": "linode_boot",
        "+order_by": "created",
        "+order": "desc",
    }
    (found,) = client.get("/account/events", filters=wanted)["data"]
    assert client.get(f"/account/events/{found['id']}")["entity"]["label"] == "other"
    client.post(f"/account/events/{found['id']}/seen")
    assert client.get(f"/account/events/{found['id']}")["seen"] is True


def test_a_poller_of_the_vendor_waits_for_the_boot(client: Vendor) -> None:
    poller = client.polling.event_poller_create("linode", "linode_boot")
    instance = client.linode.instance_create(
        "g6-nanode-1", "eu-central", image="linode/debian12", authorized_keys=[PUBLIC_KEY]
    )
    poller.set_entity_id(instance.id)
    assert poller.wait_for_next_event_finished(timeout=10, interval=0).status == "finished"


def test_keys_of_the_profile_are_kept_and_checked(client: Vendor) -> None:
    key = client.profile.ssh_key_upload(PUBLIC_KEY, "laptop")
    assert key.ssh_key == PUBLIC_KEY
    again = client.profile.ssh_key_upload(PUBLIC_KEY, "laptop")  # no error at Linode
    key.label = "desk"
    key.save()
    assert [each.label for each in client.profile.ssh_keys()] == ["desk", "laptop"]
    bad = {"label": "x", "ssh_key": "ssh-ed25519 AAAA"}
    assert refusal(lambda: client.post("/profile/sshkeys", data=bad)).status == 400
    for each in (key, again):
        each.delete()
    assert list(client.profile.ssh_keys()) == []
