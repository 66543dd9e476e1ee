"""What the WSL host has beside its layers."""

import pytest

from lab.images.layers import SERVICES
from lab.images.releases import DEFAULT, IMAGES
from lab.wsl import UNITS, looks

ELSEWHERE = {f"/etc/systemd/system/{unit}.service.d/root.conf" for unit in UNITS}


@pytest.mark.parametrize("image", [name for name in IMAGES if name != DEFAULT])
def test_on_another_release_the_speech_services_run_in_debians_root(image: str) -> None:
    files = looks(image).files

    for path in ELSEWHERE:
        assert f"RootDirectory={SERVICES}\n" in files[path].text


def test_on_debian_12_they_run_as_they_are() -> None:
    assert not ELSEWHERE & looks(DEFAULT).files.keys()
