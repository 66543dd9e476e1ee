"""Watch until told to end: `python3 -m watcher CONFIG RUN_FOLDER STATE_FOLDER`, under systemd."""

from __future__ import annotations

import sys
from pathlib import Path

from .config import load
from .rounds import watch

watch(load(Path(sys.argv[1])), run=Path(sys.argv[2]), state=Path(sys.argv[3]))
