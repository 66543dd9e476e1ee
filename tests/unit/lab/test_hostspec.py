"""What a host is made from."""

from ipaddress import IPv4Address, IPv6Interface
from pathlib import Path

import pytest

from lab import wsl
from lab.hostspec import CA_BUNDLE, HostFile, HostSpec, load_spec, spec_file
from lab.paths import lab_dir


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lab_dir("test").mkdir(parents=True)
    (lab_dir("test") / "ca.pem").write_text("LAB ROOT\n")
    return "test"


def spec(lower: Path) -> HostSpec:
    return HostSpec(
        name="hetzner-1",
        role="vps",
        lowers=(lower,),
        address=IPv4Address("203.0.113.16"),
        address6=IPv6Interface("2001:db8:100:1::1/64"),
        hostname="vps",
        files={"/root/x": HostFile(text="secret", mode=0o600)},
        symlinks={"/root/y": "/root/x"},
    )


def test_a_supervisor_reads_what_was_written(lab: str, tmp_path: Path) -> None:
    written = spec(tmp_path)
    written.save(lab)
    assert load_spec(lab, "hetzner-1") == written
    assert spec_file(lab, "hetzner-1").stat().st_mode & 0o777 == 0o600


def test_a_host_trusts_the_lab_beside_what_debian_trusts(lab: str, tmp_path: Path) -> None:
    bundle = tmp_path / CA_BUNDLE.lstrip("/")
    bundle.parent.mkdir(parents=True)
    bundle.write_text("DEBIAN ROOTS\n")
    files = spec(tmp_path).all_files(lab)
    assert files[CA_BUNDLE].text == "DEBIAN ROOTS\nLAB ROOT\n"


def test_a_host_knows_its_name_and_asks_the_labs_name_server_only(lab: str, tmp_path: Path) -> None:
    files = spec(tmp_path).all_files(lab)
    assert files["/etc/hostname"].text == "vps\n"
    assert files["/etc/resolv.conf"].text == "nameserver 192.0.2.53\n"


def test_hosts_have_machine_ids_of_their_own(tmp_path: Path) -> None:
    assert spec(tmp_path).machine_id != spec(tmp_path).machine_id


def test_the_wsl_hosts_units_are_enabled() -> None:
    looks = wsl.looks()
    wants = {path.split("/")[-2]: target for path, target in looks.symlinks.items()}
    assert set(wants) == {"sysinit.target.wants", "multi-user.target.wants", "timers.target.wants"}
    assert set(looks.symlinks.values()) <= looks.files.keys()
    assert "@" not in looks.files["/etc/systemd/system/asr.service"].text
