"""README on the way to a stack: it names the token and the mode that `bin/ops init` wants."""

import re
from pathlib import Path

from components.edge.permissions import _probes
from ops.init.answers import DEFAULT_MODE
from settings import EdgeSettings

README = (Path(__file__).parents[4] / "README.md").read_text(encoding="utf-8")
DEPLOY = README.partition("## Deploy")[2].partition("\n## ")[0]


def test_the_token_it_describes_may_do_what_the_proposed_mode_needs() -> None:
    (line,) = [line for line in DEPLOY.splitlines() if "Cloudflare](" in line]
    named = {words.replace(": ", " / ") for words in re.findall(r"\*\*(Zone: [^*]+)\*\*", line)}
    probed = {one.permission for one in _probes("id", EdgeSettings(mode=DEFAULT_MODE))}

    assert named == {"Zone / Zone / Read", *probed}
    assert f"`{DEFAULT_MODE}`, which `bin/ops init` proposes" in line


def test_by_hand_the_mode_is_the_one_that_init_proposes() -> None:
    (mode,) = re.findall(r"pulumi config set --path vps-reverse-proxy:edge\.mode (\S+)", DEPLOY)

    assert mode == DEFAULT_MODE
