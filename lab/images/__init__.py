"""Debian roots, the layers over them and the package archive: built once, kept in the cache."""

from lab.images.roots import ensure_root

__all__ = ["ensure_root"]
