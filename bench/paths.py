"""The ways from the VPS's nginx to the service, and how to have all of them at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import direct, plain
from bench.bed import PUBLIC_NAME, STREAM_PATH
from bench.direct import direct_path
from bench.plain import plain_tunnel
from bench.sites import bench_sites
from bench.visitors import add_visitors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bed import Bed

HOSTS = {"direct": direct.NAME, "tunnel": PUBLIC_NAME, "plain": plain.NAME}


@contextmanager
def all_paths(bed: Bed) -> Iterator[None]:
    """Direct path, plain tunnel and the sites for both are there while it lasts."""
    add_visitors(bed)
    with direct_path(bed), bench_sites(bed), plain_tunnel(bed):
        bed.wait_serving(direct.NAME)
        yield


def call(bed: Bed, path: str, **options: str | float) -> dict[str, str | float]:
    """The load generator's options for calls over a path."""
    return {"address": bed.address, "host": HOSTS[path], "path": STREAM_PATH, **options}
