"""Everything the lab builds once, at the same time as far as it goes."""

from concurrent.futures import ThreadPoolExecutor

from lab.cache import Report, silent
from lab.engine.build import ensure_engine
from lab.images.archive import ensure_archive
from lab.images.layers import ensure_layer
from lab.images.pebble import ensure_pebble
from lab.images.releases import DEFAULT, RENTED
from lab.images.roots import ensure_root


def prepare(own: str = DEFAULT, *, report: Report = silent) -> None:
    """Build what is missing: engine, roots, archive, layers. Quick when nothing is.

    The engine takes the longest by far; the images are done in its shadow.

    Args:
        own: The image of the user's own machines.
        report: Told what is being done.

    Raises:
        BuildError: something could not be built. What was under way beside it is finished first,
            so that the next try starts from there.
    """
    images = {*RENTED, own}
    with ThreadPoolExecutor(max_workers=len(images) + 1) as builders:
        engine = builders.submit(ensure_engine, report=report)
        for root in [builders.submit(ensure_root, name, report=report) for name in sorted(images)]:
            root.result()
        ensure_archive(own, report=report)
        acme = builders.submit(ensure_pebble, report=report)
        edge = builders.submit(ensure_layer, "edge", report=report)
        tools = builders.submit(ensure_layer, "wsl", image=own, report=report)
        for done in (acme, edge, engine, tools):
            done.result()
