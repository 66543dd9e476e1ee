"""Debian roots, the layers over them and the package archive: built once, kept in the cache."""

from lab.images.archive import ensure_archive
from lab.images.layers import ensure_layer
from lab.images.pebble import ensure_pebble
from lab.images.prepare import prepare
from lab.images.roots import ensure_root

__all__ = ["ensure_archive", "ensure_layer", "ensure_pebble", "ensure_root", "prepare"]
