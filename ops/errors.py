"""What bin/ops cannot do, in words for the person who typed it."""


class OpsError(Exception):
    """An expected failure; the message says what is wrong and what to do, and holds no secret."""
