"""`python -m tools.migrate`: see `commands`, which this only loads quickly.

A run with nothing to do spends nine tenths of its time on imports, and an eighth of
those on the garbage collector, which finds nothing: modules do not become garbage.
"""

from __future__ import annotations

import gc
import signal
from types import FrameType


def interrupt(signum: int, frame: FrameType | None) -> None:
    """Treat SIGTERM as Ctrl-C: psycopg cancels the statement, and it is rolled back."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    gc.disable()
    from tools.console import run
    from tools.migrate.commands import main

    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGTERM, interrupt)
    run(main)
