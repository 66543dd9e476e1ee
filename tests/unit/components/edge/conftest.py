"""The lab's Cloudflare API, which the program finds as it would find the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulumi.runtime import set_all_config

from tests.unit.components.cloudflare.conftest import Cloud
from tests.unit.lab.clouds.cloudflare.conftest import TOKEN, served
from tests.unit.lab.clouds.cloudflare.conftest import Api as LabApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    cloud = Cloud(app=LabApi(tmp_path / "cloudflare.json").app())
    monkeypatch.setattr("time.sleep", cloud.waited.append)
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    monkeypatch.delenv("CLOUDFLARE_API_USER_SERVICE_KEY", raising=False)
    with served(cloud.answer) as cloud.url:
        set_all_config({"cloudflare:apiToken": TOKEN, "cloudflare:baseUrl": cloud.url})
        yield cloud
