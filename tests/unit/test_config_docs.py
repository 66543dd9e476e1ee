"""README, docs/configuration.md and Pulumi.yaml say what the settings are, key for key."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import Settings, reference
from settings.rows import rows
from settings.section import NAMESPACE
from settings.server import server_models

ROOT = Path(__file__).parents[2]
KEY = re.compile(r"^\| `([a-z0-9_\[\].]+)`", re.MULTILINE)


def _schema_keys() -> set[str]:
    """Every key by another way than the reference's own: pydantic's JSON schema."""
    schema = Settings.model_json_schema()
    keys: set[str] = set()
    for section, field in schema["properties"].items():
        prefix = f"{section}[]" if field.get("type") == "array" else section
        keys |= _keys_below(prefix, field, schema["$defs"]) or {prefix}
    return keys


def _keys_below(prefix: str, field: dict[str, Any], models: dict[str, Any]) -> set[str]:
    keys: set[str] = set()
    for model in re.findall(r"#/\$defs/(\w+)", json.dumps(field)):
        for name, inner in models[model]["properties"].items():
            keys |= _keys_below(f"{prefix}.{name}", inner, models) or {f"{prefix}.{name}"}
    return keys


def test_everything_written_from_the_settings_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "settings.reference", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", ["README.md", "docs/configuration.md"])
def test_a_table_names_every_key_and_no_other(page: str) -> None:
    assert set(KEY.findall((ROOT / page).read_text(encoding="utf-8"))) == _schema_keys()


def test_the_keys_namespace_is_the_projects_name() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))

    assert project["name"] == NAMESPACE


def test_pulumi_declares_every_top_level_key_with_type_description_and_default() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]

    assert list(declared) == list(Settings.model_fields)
    for key, declaration in declared.items():
        kinds = {"services": "array", "drift": "string"}
        assert declaration["type"] == kinds.get(key, "object")
        assert declaration["description"]
        assert "default" in declaration


def test_pulumis_defaults_are_the_settings_defaults() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    defaults = {key: value["default"] for key, value in declared.items()}
    server = {"server": {"provider": "hcloud"}}

    assert Settings.model_validate({**defaults, **server}) == Settings.model_validate(server)


def test_every_setting_has_a_meaning() -> None:
    for row in rows():
        assert row.meaning.endswith("."), row.key


def test_what_is_alike_for_several_providers_is_told_once() -> None:
    lines = reference.table(rows()).splitlines()

    def told(key: str) -> list[str]:
        return [line.split(" | ")[0] for line in lines if line.startswith(f"| `{key}`")]

    rented = "hcloud, vultr, linode, digitalocean"
    assert told("server.ssh_allow") == ["| `server.ssh_allow`"]
    assert told("server.image") == [f"| `server.image` ({rented})"]
    assert told("server.size") == [f"| `server.size` ({name})" for name in rented.split(", ")]


def test_a_stale_table_is_noticed() -> None:
    old = "# x\n<!-- config:begin -->\nold\n<!-- config:end -->\ny\n"

    new = reference.readme(old)

    assert new != old
    assert new.startswith("# x\n<!-- config:begin -->\n| key |")
    assert new.endswith("<!-- config:end -->\ny\n")
    assert reference.readme(new) == new


def _examples() -> list[dict[str, Any]]:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    whole = [block["config"] for block in blocks if "config" in block]
    return [{key.partition(":")[2]: value for key, value in block.items()} for block in whole]


@pytest.mark.parametrize("example", _examples(), ids="+".join)
def test_every_example_of_the_page_is_valid(example: dict[str, Any]) -> None:
    Settings.model_validate(example)


def test_there_is_an_example_for_every_provider() -> None:
    assert {example["server"]["provider"] for example in _examples()} == set(server_models())


def test_the_dev_stack_is_valid() -> None:
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))["config"]

    Settings.model_validate({key.partition(":")[2]: value for key, value in config.items()})
