"""One call, and operations that are tried again."""

from threading import Barrier

import pytest

from components.cloudflare.api import AT_ONCE, TRIES, Api, CloudflareError, ask_together
from tests.unit.components.cloudflare.conftest import Cloud
from tests.unit.lab.clouds.cloudflare.conftest import DNS_ONLY, TOKEN


@pytest.mark.parametrize("status", [409, 429, 500, 503, 522])
def test_what_passes_by_itself_is_tried_again(cloud: Cloud, status: int) -> None:
    cloud.trouble = [status, status]

    assert cloud.client().get("/ips")["ipv4_cidrs"]
    assert len(cloud.asked) == 3


def test_all_calls_of_a_client_go_over_one_connection(cloud: Cloud) -> None:
    client = cloud.client()
    for _ in range(3):
        client.get("/ips")

    assert len(cloud.asked) == 3
    assert len(cloud.connections) == 1


def test_it_waits_as_long_as_cloudflare_asks_for(cloud: Cloud) -> None:
    cloud.trouble = [429, 500]
    cloud.client().get("/ips")

    assert cloud.waited == [3, 1]


def test_the_tries_end_and_the_message_says_what_to_do(cloud: Cloud) -> None:
    cloud.trouble = [500] * 20
    with pytest.raises(CloudflareError, match="run pulumi up again later"):
        cloud.client().get("/ips")

    assert len(cloud.asked) == TRIES


def test_nobody_there_is_a_clear_error_after_some_tries() -> None:
    waited: list[float] = []
    api = Api(token=TOKEN, base_url="http://127.0.0.1:1/client/v4", sleep=waited.append)
    with pytest.raises(CloudflareError, match="does not answer") as caught:
        api.get("/ips")

    assert len(waited) == TRIES - 1
    assert TOKEN not in str(caught.value)


def test_a_refusal_is_not_tried_again_and_has_cloudflares_words(cloud: Cloud) -> None:
    with pytest.raises(CloudflareError, match=r"Could not route to .* \(7003\)") as caught:
        cloud.client().get(f"/zones/{'0' * 32}")

    assert caught.value.not_found
    assert len(cloud.asked) == 1


def test_an_unknown_token_is_told_from_one_that_may_not(cloud: Cloud) -> None:
    zone = cloud.zone_id()
    with pytest.raises(CloudflareError) as unknown:
        cloud.client("an-unknown-token-0123456789abcdefABCDEF-0123").get("/zones")
    with pytest.raises(CloudflareError) as limited:
        cloud.client(DNS_ONLY).get(f"/zones/{zone}/settings/ssl")

    assert unknown.value.bad_token
    assert not unknown.value.denied
    assert limited.value.denied
    assert not limited.value.bad_token


def test_a_list_is_read_to_its_last_page(cloud: Cloud) -> None:
    client, path = cloud.client(), f"/zones/{cloud.zone_id()}/dns_records"
    for number in range(101):
        body = {"type": "A", "name": f"n{number}", "content": "203.0.113.9", "ttl": 1}
        client.call("POST", path, body=body)

    assert len(client.all(path)) == 101


def test_the_token_is_not_in_what_is_printed_of_the_client(cloud: Cloud) -> None:
    assert TOKEN not in repr(cloud.client())


@pytest.mark.parametrize(
    ("status", "codes", "bad", "denied"),
    [
        (400, (6003, 6111), True, False),
        (401, (1000,), True, False),
        (403, (9109,), True, False),
        (403, (10000,), False, True),
        (400, (1000,), False, False),
        (400, (6003,), False, False),
    ],
)
def test_what_cloudflares_numbers_say_about_the_token(
    status: int, codes: tuple[int, ...], *, bad: bool, denied: bool
) -> None:
    error = CloudflareError("refused", status=status, codes=codes)

    assert (error.bad_token, error.denied) == (bad, denied)


def test_a_thing_that_the_token_may_not_see_is_no_bad_token() -> None:
    error = CloudflareError(
        "Unauthorized to access requested resource (9109)", status=403, codes=(9109,)
    )

    assert error.denied
    assert not error.bad_token


def test_several_questions_are_under_way_at_once_and_answered_in_their_order() -> None:
    all_there = Barrier(AT_ONCE)

    def ask(number: int) -> int:
        all_there.wait(timeout=10)
        return number * 2

    assert ask_together(ask, range(2 * AT_ONCE)) == [n * 2 for n in range(2 * AT_ONCE)]


def test_of_several_questions_the_first_refusal_is_told(cloud: Cloud) -> None:
    client = cloud.client()

    with pytest.raises(CloudflareError, match="GET /zones/first"):
        ask_together(client.get, ["/ips", "/zones/first", "/zones/second"])
