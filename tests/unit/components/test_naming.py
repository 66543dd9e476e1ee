"""Names by which two stacks on one machine or in one account keep apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import StackName, label_machine, label_step, step_of

STACK_NAMES = st.from_regex(r"[A-Za-z0-9_.-]{1,100}", fullmatch=True)


def named(stack: str) -> StackName:
    """A stack of this project."""
    return StackName(project="vps-reverse-proxy", stack=stack)


@pytest.mark.parametrize("stack", ["dev", "prod", "my_stack", "v2", "s" * 29])
def test_a_plain_name_is_its_own_slug(stack: str) -> None:
    assert named(stack).slug == stack


@pytest.mark.parametrize("other", ["my-stack", "my.stack", "My_stack", "my__stack"])
def test_names_that_look_alike_do_not_share_a_slug(other: str) -> None:
    assert named(other).slug.startswith("my_stack_")
    assert named(other).slug != named("my_stack").slug
    assert len({named(one).slug for one in ("my-stack", "my.stack", "My_stack")}) == 3


@pytest.mark.parametrize(
    ("stack", "slug"),
    [
        ("speech-production-1", "speech_production_1_f9c772e3"),
        ("voice-staging-europe", "voice_staging_europe_36a22993"),
        ("s" * 29, "s" * 29),
    ],
)
def test_a_stack_that_nginx_took_before_names_were_cut_keeps_its_slug(
    stack: str, slug: str
) -> None:
    assert named(stack).slug == slug


def test_long_names_with_one_beginning_do_not_share_a_slug() -> None:
    long = ["s" * 100, "s" * 99, "s" * 30, "my-company-voice-prod", "my-company-voice-production"]

    assert len({named(one).slug for one in long}) == len(long)


@given(STACK_NAMES)
def test_a_slug_fits_wherever_it_is_used(stack: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,29}", named(stack).slug)


@given(STACK_NAMES)
def test_labels_are_what_hetzner_takes(stack: str) -> None:
    for value in named(stack).labels.values():
        assert re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", value)


def test_the_owner_names_project_and_stack() -> None:
    assert named("dev").owner == "vps-reverse-proxy/dev"
    assert named("dev").labels == {"managed-by": "vps-reverse-proxy", "stack": "dev"}


def test_a_machine_is_told_by_its_host_key_alone() -> None:
    key = "ssh-ed25519 AAAAHOSTKEY"

    assert label_machine(f"{key} root@vps") == label_machine(key)
    assert label_machine(key) != label_machine("ssh-ed25519 AAAAOTHER")
    assert step_of(label_step("proxy-site", label_machine(key))) == "proxy-site"
    assert step_of("proxy-site") == "proxy-site"
