"""Every mode is in each list that tells modes apart by name."""

from typing import get_args

from audit.cli import TLS_MODES
from audit.ports import WEB
from audit.tls import EXPLAINED
from components.modes import MODES
from ops.init.interview import MODE_WORDS
from settings.sections import DIRECT_MODES, EdgeMode


def test_every_mode_has_its_meaning_and_its_words_in_bin_ops_init() -> None:
    assert tuple(MODES) == get_args(EdgeMode)
    assert tuple(MODE_WORDS) == get_args(EdgeMode)


def test_the_audit_looks_at_tls_wherever_the_vps_speaks_it() -> None:
    assert [name for name, mode in MODES.items() if mode.certificate != "none"] == [*TLS_MODES]
    assert {*EXPLAINED} == {*TLS_MODES}


def test_the_audit_wants_the_web_ports_open_to_visitors_in_the_direct_modes_alone() -> None:
    assert {name: {*MODES[name].ports} for name in sorted(DIRECT_MODES)} == WEB
