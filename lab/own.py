"""Which release the user's own machines run: the WSL host, and the VPS they have already.

Chosen when a lab is made; it stays for as long as the lab does.
"""

from lab.images.releases import DEFAULT, IMAGES
from lab.paths import lab_dir
from lab.processes import write_atomically

CHOICES = tuple(IMAGES)


def check(image: str | None) -> None:
    """Raises ValueError with those there are; None is whatever a lab has."""
    if image not in {None, *CHOICES}:
        raise ValueError(f"there is no distribution {image!r}: use one of {', '.join(CHOICES)}")


def choose(lab: str, image: str) -> None:
    """Note it for a lab that is being made."""
    write_atomically(lab_dir(lab) / "own-image", image)


def chosen(lab: str) -> str:
    """The image's name; of a lab that is not there, the default."""
    try:
        return (lab_dir(lab) / "own-image").read_text()
    except FileNotFoundError:
        return DEFAULT
