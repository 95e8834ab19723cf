"""One PostgreSQL cluster: a data directory, the programs that serve it, and its socket.

Nobody but the server's account and root can enter the socket's directory. That is the
authentication of the superuser; everybody else needs a password.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tools.console import Failure
from tools.postgres import initdb
from tools.postgres.binaries import read_version
from tools.postgres.os_user import Account, environment
from tools.postgres.postmaster import Postmaster
from tools.postgres.storage import exclusive, explained, give_to_owner_of

PORT: Final = 5432  # only names the socket's file, unless `settings` say otherwise
_SOCKET_LIMIT: Final = 107  # bytes of a socket's path, sun_path of unix(7)
_START_SECONDS: Final = 300.0  # crash recovery of a large directory takes its time
_STOP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Cluster:
    """A cluster below *home*: `data/`, `log`, and two lock files.

    Attributes:
        home: absolute directory that *account* can enter.
        bin: directory of the programs.
        account: owner of data and socket.
        socket: directory of the socket, short enough for the kernel.
        settings: server settings that outrank postgresql.conf.
    """

    home: Path
    bin: Path
    account: Account
    socket: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.home / "log"

    @property
    def postmaster(self) -> Postmaster:
        """The server process, alive or not."""
        return Postmaster(self.home)

    @property
    def port(self) -> int:
        """The port, which names the socket's file even where nothing listens on TCP."""
        return int(self.settings.get("port", PORT))

    @property
    def major(self) -> int:
        """Major version of the programs."""
        return read_version(self.bin)[0]

    @property
    def version(self) -> str:
        """Version of the programs, such as `18.6`."""
        return read_version(self.bin)[1]

    @property
    def running(self) -> bool:
        """Whether a server of this directory accepts connections."""
        return self.postmaster.is_ready and not self.postmaster.is_gone()

    def url(
        self, dbname: str = "postgres", user: str = "postgres", driver: str = ""
    ) -> str:
        """Give the address of a database for libpq, or with *driver* for SQLAlchemy."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        name, who = quote(dbname, safe=""), quote(user, safe="")
        return (
            f"{scheme}://{who}@/{name}?host={quote(str(self.socket))}&port={self.port}"
        )

    def psql(
        self, *args: str, dbname: str = "postgres"
    ) -> subprocess.CompletedProcess[str]:
        """Run psql as the superuser, without psqlrc; it stops at the first error."""
        options = ["-X", "-v", "ON_ERROR_STOP=1", "-d", self.url(dbname)]
        return subprocess.run(
            [str(self.bin / "psql"), *options, *args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )

    def initialise(self) -> None:
        """Make the data directory if it is not there.

        Raises:
            Failure: as of `initdb.initialise`.
        """
        if not (self.data / "PG_VERSION").exists():
            with self._changing() as lock:
                initdb.initialise(self.data, self.bin, self.account, lock)

    def start(self) -> None:
        """Start the server if it does not run, and return when it takes connections.

        Raises:
            Failure: it cannot start; the message holds the server's own reason.
        """
        initdb.check_major(self.data, self.bin)
        if self.running:
            return
        with self._changing():
            if self.running:  # another process was faster
                return
            alive = self.postmaster.hold(_STOP_SECONDS)
            try:
                self.postmaster.remove_traces(self.socket)
                self._launch(alive)
            finally:
                os.close(alive)  # the server has a copy of its own by now
            self._wait_until_ready()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server and wait until all its processes are gone.

        Args:
            how: SIGINT ends the sessions and shuts down cleanly; SIGQUIT does not
                wait and leaves recovery to the next start.

        Raises:
            Failure: it does not end, or it runs out of this process's sight.
        """
        if self.postmaster.is_gone():
            return
        with self._changing():
            self.postmaster.signal(how)
            if not self.postmaster.wait_until_gone(_STOP_SECONDS):
                raise Failure(
                    f"PostgreSQL still runs {_STOP_SECONDS:.0f} s after it was told "
                    "to stop",
                    where=str(self.log),
                    next=f"kill -QUIT {self.postmaster.pid}",
                )

    def _launch(self, alive: int) -> None:
        """Put the server into the background, without waiting for it."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.settings,
        }
        command = [str(self.bin / "postgres"), "-D", str(self.data)]
        for name, text in settings.items():
            command += ["-c", f"{name}={text}"]
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".old"))
        with self.log.open("wb") as log:
            give_to_owner_of(self.home, self.log)
            subprocess.run(
                # Not pg_ctl: it pastes paths into a shell's line, `$` and all.
                ["/bin/sh", "-c", '"$@" &', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
                cwd="/",
                env=environment(),
                pass_fds=[alive],
                start_new_session=True,
                **self.account.identity(),
            )

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while not self.postmaster.is_ready:
            if self.postmaster.is_gone():
                raise Failure(
                    f"PostgreSQL {self.version} did not start: {_complaint(self.log)}",
                    where=str(self.log),
                    next=f"put that right; the whole log: cat {self.log}",
                )
            if time.monotonic() > end:
                raise Failure(
                    f"PostgreSQL is not ready after {_START_SECONDS:.0f} s",
                    where=str(self.log),
                    next="look at the log: it may still recover from a crash",
                )
            time.sleep(0.01)

    @contextmanager
    def _changing(self) -> Iterator[int]:
        """Let one process at a time make, start or stop the cluster."""
        with explained(self.home), exclusive(self.home / "lock") as lock:
            yield lock


def socket_fits(directory: Path) -> bool:
    """Tell whether a socket in *directory* can be named by the kernel and by libpq.

    A comma parts hosts for libpq and directories for PostgreSQL, `@` is an abstract
    name, and quotes and blanks are not worth the doubt.
    """
    path = str(directory / f".s.PGSQL.{PORT}.lock")
    short = len(os.fsencode(path)) <= _SOCKET_LIMIT
    return short and not set(path) & set(" ,@%\"'\\")


def _complaint(log: Path) -> str:
    """Give what the log of a start that failed says of the reason."""
    worst = re.compile(r"(?:LOG|FATAL|PANIC|DETAIL): +(.*)")
    lines = log.read_text(errors="replace").splitlines()
    found = [match[1] for line in lines if (match := worst.search(line))]
    dull = ("starting PostgreSQL", "database system is", "listening on")
    reasons = [line for line in found if not line.startswith(dull)]
    return "; ".join((reasons or lines or ["it left no message"])[-3:])
