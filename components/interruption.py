"""What the program does when the engine interrupts it: that happens once a resource has failed."""

import signal


def end_quietly() -> None:
    """End at once at an interrupt, without a traceback: the engine tells what failed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
