"""Whether the server of a data directory lives, told by a lock and not by a number.

The server inherits an open file, `alive`, that is locked. The kernel frees the lock
when the last of its processes is gone, by whatever death. So a stale postmaster.pid, a
reused process number, a zombie, and a server in another container that shares the
directory are told apart.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from tools.console import Failure
from tools.postgres.storage import open_lock, try_lock


@dataclass(frozen=True)
class Postmaster:
    """The server process of the cluster below *home*, if there is one."""

    home: Path

    @property
    def data(self) -> Path:
        """The data directory, which is the process's working directory."""
        return self.home / "data"

    @property
    def pid(self) -> int | None:
        """Its number as its own file has it, which a dead server leaves behind."""
        lines = self._lines()
        return int(lines[0]) if lines and lines[0].isdecimal() else None

    @property
    def is_ready(self) -> bool:
        """Whether its file says that it takes connections (the eighth line)."""
        return self._lines()[7:8] == ["ready"]

    def is_gone(self) -> bool:
        """Tell whether none of its processes is left."""
        if not (self.home / "alive").exists():
            return True
        descriptor = open_lock(self.home / "alive")
        try:
            return try_lock(descriptor, shared=True)  # two who ask do not collide
        finally:
            os.close(descriptor)

    def wait_until_gone(self, seconds: float) -> bool:
        """Wait for the end of all its processes; False after *seconds*."""
        end = time.monotonic() + seconds
        while not self.is_gone():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def hold(self, seconds: float) -> int:
        """Take the lock for a server to inherit, and give its descriptor.

        After `kill -9` of a postmaster its children take a moment to notice.

        Raises:
            Failure: processes of an earlier server are still there after *seconds*.
        """
        descriptor = open_lock(self.home / "alive")
        end = time.monotonic() + seconds
        while not try_lock(descriptor):
            if time.monotonic() > end:
                os.close(descriptor)
                raise Failure(
                    "processes of an earlier server still use the data directory",
                    where=str(self.data),
                    next=f"look at them with `fuser -v {self.home / 'alive'}`",
                )
            time.sleep(0.01)
        return descriptor

    def remove_traces(self, socket: Path) -> None:
        """Remove what a killed server left, so that a reused number stops nobody.

        To be called while `hold` proves that no server started by these tools lives.

        Raises:
            Failure: a server that was started by other means uses the directory.
        """
        pid = self.pid
        if pid is not None and self._is(pid):
            raise Failure(
                f"a server that was started by other means (process {pid}) uses it",
                where=str(self.data),
                next=f"end it cleanly: kill -INT {pid}",
            )
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in socket.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def signal(self, how: signal.Signals) -> None:
        """Send it a signal, after checking that the number is still its own.

        Raises:
            Failure: it runs where this process cannot see it.
        """
        pid = self.pid
        if pid is None:  # it is only starting, or already ending
            return
        if not self._is(pid):
            if self.wait_until_gone(2.0):
                return
            raise Failure(
                f"the server of this directory (process {pid}) runs out of sight, "
                "in another container perhaps",
                where=str(self.data),
                next="stop it there",
            )
        os.kill(pid, how)

    def _is(self, pid: int) -> bool:
        if Path("/proc/self").exists():
            try:
                return Path(f"/proc/{pid}/cwd").samefile(self.data)
            except OSError:
                return False
        try:  # a system without /proc: the lock has to be proof enough
            os.kill(pid, 0)
        except OSError:
            return False
        return not self.is_gone()

    def _lines(self) -> list[str]:
        try:
            text = (self.data / "postmaster.pid").read_text(errors="replace")
        except OSError:
            return []
        return [line.strip() for line in text.splitlines()]
