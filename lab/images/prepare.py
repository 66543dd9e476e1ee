"""Everything the lab builds once, at the same time as far as it goes."""

from concurrent.futures import ThreadPoolExecutor

from lab.cache import Report, silent
from lab.engine.build import ensure_engine
from lab.images.archive import ensure_archive
from lab.images.debian import IMAGES
from lab.images.layers import ensure_layer
from lab.images.pebble import ensure_pebble
from lab.images.roots import ensure_root


def prepare(*, report: Report = silent) -> None:
    """Build what is missing: engine, roots, archive, layers. Quick when nothing is.

    The engine takes the longest by far; the images are done in its shadow.

    Raises:
        BuildError: something could not be built. What was under way beside it is finished first,
            so that the next try starts from there.
    """
    with ThreadPoolExecutor(max_workers=len(IMAGES) + 1) as builders:
        engine = builders.submit(ensure_engine, report=report)
        for root in [builders.submit(ensure_root, name, report=report) for name in IMAGES]:
            root.result()
        ensure_archive(report=report)
        acme = builders.submit(ensure_pebble, report=report)
        edge = builders.submit(ensure_layer, "edge", report=report)
        tools = builders.submit(ensure_layer, "wsl", report=report)
        for done in (acme, edge, engine, tools):
            done.result()
