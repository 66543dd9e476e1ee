"""The alert rules and the dashboard in docs/prometheus, against the figures there really are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from lab.images.unpacked import ensure_unpacked

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/prometheus"
FIGURES = ROOT / "tests/unit/components/watcher/metrics.prom"
NAME = re.compile(r"\bvps_reverse_proxy_[a-z_]+\b")


def told() -> set[str]:
    """The names of all figures that the watcher tells."""
    return set(re.findall(r"^# TYPE (\S+)", FIGURES.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", ["alerts.yml", "alerts_test.yml", "dashboard.json"])
def test_only_figures_that_the_watcher_tells_are_asked_for(name: str) -> None:
    asked = set(NAME.findall((FOLDER / name).read_text(encoding="utf-8")))

    assert asked
    assert asked <= told()


def test_every_rule_has_a_test_that_makes_it_fire_and_one_that_does_not() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    tried = [one for test in tests for one in test["alert_rule_test"]]

    names = {rule["alert"] for rule in rules}
    assert {one["alertname"] for one in tried if one.get("exp_alerts")} == names
    assert {one["alertname"] for one in tried if not one.get("exp_alerts")} >= names


def test_every_panel_of_the_dashboard_asks_the_chosen_source_for_the_chosen_stack() -> None:
    board = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    variables = {one["name"] for one in board["templating"]["list"]}

    assert variables == {"source", "stack"}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${source}"
            assert 'stack=~"$stack"' in target["expr"]


def promtool(*arguments: str, given: str = "") -> str:
    """What promtool says; it must not complain."""
    found = shutil.which("promtool")
    program = found or str(ensure_unpacked("prometheus", "promtool") / "usr/bin/promtool")
    done = subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, check=False, cwd=FOLDER
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.full
@pytest.mark.timeout(600)
def test_promtool_accepts_rules_their_tests_and_the_figures() -> None:
    assert "9 rules found" in promtool("check", "rules", "alerts.yml")
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")
    promtool("check", "metrics", given=FIGURES.read_text(encoding="utf-8"))
