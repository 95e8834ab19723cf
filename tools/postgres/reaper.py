"""Clean up after a throw-away cluster when the process that uses it is gone.

Standard input is a pipe that the user of the cluster holds open. It ends when that
process closes it or dies, even by SIGKILL; then the server is ended and the directory
removed. Run as a script with the cluster's directory as its argument, standard library
only, so that it starts in a few milliseconds.
"""

import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def main(home: Path) -> None:
    """Wait for the end of standard input, then leave nothing of *home* behind."""
    for unwanted in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(unwanted, signal.SIG_IGN)  # the pipe alone decides
    sys.stdin.buffer.read()
    alive = os.open(home / "alive", os.O_RDWR | os.O_CREAT, 0o600)
    while not _locked(alive):  # a server process lives
        _quit(home / "data" / "postmaster.pid")
        time.sleep(0.01)
    shutil.rmtree(home, ignore_errors=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _quit(pid_file: Path) -> None:
    """Send SIGQUIT to the postmaster: its data are not wanted any more."""
    try:
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGQUIT)
    except (OSError, ValueError, IndexError):
        pass  # not written yet, or already ending


if __name__ == "__main__":
    main(Path(sys.argv[1]))
