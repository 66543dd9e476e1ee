"""Questions to Cloudflare that do not wait for one another."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Barrier
from typing import Any

from components.cloudflare.api import Api
from components.edge.conflicting_records import conflicting_records
from components.edge.permissions import missing_permissions
from settings import EdgeSettings
from tests.unit.components.samples import HCLOUD, STACK, settings

DEADLINE = 10.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Meeting(Api):
    """Answers none until `expected` are asked."""

    expected: Barrier

    def call(self, *_: Any, **__: Any) -> list[Any]:
        self.expected.wait(timeout=DEADLINE)
        return []


def test_the_names_are_looked_up_side_by_side() -> None:
    services = settings(HCLOUD).services
    api = Meeting(token=None, expected=Barrier(len(services)))

    assert len(services) == 2
    assert conflicting_records(api, "zone", services, STACK, known=()) == []


def test_the_permissions_are_tried_side_by_side() -> None:
    edge = EdgeSettings.model_validate({"zone": "gonova.one", "mode": "strict"})
    api = Meeting(token=None, expected=Barrier(4))

    assert missing_permissions(api, "zone", edge) == []
