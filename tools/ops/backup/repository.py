"""PgBackRest on one server: its configuration, and its commands as functions."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.console import Failure
from tools.ops import packages
from tools.ops.backup.place import STANZA, Place
from tools.ops.backup.state import directory
from tools.postgres.storage import explained, give_to_owner_of

_CONFIG: Final = """\
# pgBackRest for {data}. Keep a copy of this file elsewhere: without the passphrase
# nobody reads the backups. A second repository, on another machine, goes into conf.d/
# as repo2-…: https://pgbackrest.org/user-guide.html#quickstart/configure-repository
[global]
repo1-path={home}/repository
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass={secret}
repo1-bundle=y
repo1-block=y
repo1-retention-full=2
compress-type=zst
process-max=2
start-fast=y
stop-auto=y
archive-timeout=60
log-level-console=off
log-level-file=info
log-path={home}/log
lock-path={home}/lock
spool-path={home}/spool

[{stanza}]
pg1-path={data}
pg1-socket-path={socket}
pg1-port={port}
pg1-user=postgres
"""


@dataclass(frozen=True)
class Backup:
    """One backup of the repository.

    Attributes:
        label: its name, which says when and of what kind.
        kind: `full`, `diff` or `incr`.
        start: first WAL segment that it needs.
        stop: last WAL segment that it needs.
        stop_lsn: where it is consistent, as a number of bytes.
        ended_at: Unix time.
        size: bytes of the database.
        stored: bytes that it added to the repository.
        needs: labels of the backups that it cannot be restored without.
        archive: name of the WAL archive that it belongs to, such as `18-1`.
        faulty: whether pages failed their checksums when it was made.
    """

    label: str
    kind: str
    start: str
    stop: str
    stop_lsn: int
    ended_at: int
    size: int
    stored: int
    needs: tuple[str, ...]
    archive: str
    faulty: bool


@dataclass(frozen=True)
class Repository:
    """The repository of a place."""

    place: Place

    @property
    def program(self) -> Path:
        """The program, fetched if need be."""
        return packages.find("pgbackrest")

    @property
    def archive_command(self) -> str:
        """The server's setting of that name; its paths hold no quote and no blank."""
        return f"{self._words} archive-push %p"

    @property
    def restore_command(self) -> str:
        """The same way back, for the server at its usual place."""
        return f"{self._words} archive-get %f %p"

    @property
    def _words(self) -> str:
        include = f"--config-include-path={self.place.home}/conf.d"
        config = f"--config={self.place.config} {include}"
        return f"{self.program} {config} --stanza={STANZA}"

    def configure(self) -> bool:
        """Write the configuration where there is none; tell whether it was written."""
        place = self.place
        if set(str(place.home)) & set(" '\"%\\$"):
            raise Failure(
                f"the server's shell would not read {place.home} as it is",
                next="a directory without blanks, quotes, % and $",
            )
        with explained(place.home):
            if not place.home.is_dir():
                place.home.mkdir(parents=True)
                place.account.own(place.home)
                place.home.chmod(0o711)
            for name in ("repository", "log", "lock", "spool", "conf.d"):
                directory(place.home / name, place.home, 0o700)
            directory(place.state, place.home)
            if place.config.exists():
                return False
            partial = place.config.with_suffix(".partial")
            partial.touch(0o600)
            partial.write_text(
                _CONFIG.format(
                    data=place.data, home=place.home, secret=secrets.token_urlsafe(48),
                    stanza=STANZA, socket=place.socket, port=place.port,
                )
            )  # fmt: skip
            give_to_owner_of(place.home, partial)
            partial.replace(place.config)
        return True

    def run(self, command: str, *words: str) -> str:
        """Run one command, with its options and arguments, and give its output.

        Raises:
            Failure: it failed; with pgBackRest's own reason.
        """
        done = self.attempt(command, *words)
        if done.returncode:
            raise self._failure(command, done)
        return done.stdout

    def attempt(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command as the server's account, whatever comes of it."""
        return self.place.account.run(
            self.program, f"--config={self.place.config}",
            f"--config-include-path={self.place.home}/conf.d", f"--stanza={STANZA}",
            "--log-level-stderr=warn", "--no-log-timestamp", command, *words,
        )  # fmt: skip

    def backups(self) -> list[Backup]:
        """List the backups, the oldest first."""
        return [
            _backup(one, stanza) for stanza in self.info() for one in stanza["backup"]
        ]

    def info(self) -> list[dict[str, Any]]:
        """Give what `pgbackrest info` says of the stanza."""
        found: list[dict[str, Any]] = json.loads(self.run("info", "--output=json"))
        return found

    def numbers(self) -> list[int]:
        """List the repositories: one here, and those of conf.d/."""
        return [repo["key"] for stanza in self.info() for repo in stanza["repo"]]

    def files(self, path: str, number: int = 1) -> dict[str, int]:
        """Give name and size in bytes of a repository's files below *path*."""
        options = ("--recurse", "--output=json", f"--repo={number}")
        said = self.run("repo-ls", *options, path)
        return {
            name: one.get("size", 0)
            for name, one in json.loads(said).items()
            if one["type"] == "file"
        }

    def _failure(self, command: str, done: subprocess.CompletedProcess[str]) -> Failure:
        said = (done.stderr + done.stdout).strip().splitlines()
        reasons = [line for line in said if "ERROR" in line or "HINT" in line]
        return Failure(
            f"pgbackrest {command} failed: {' '.join(reasons or said) or 'no reason'}",
            where=str(self.place.home),
            next=f"read {self.place.home}/log; every page on faults of backups is in"
            " docs/runbooks/",
        )


def _backup(one: dict[str, Any], stanza: dict[str, Any]) -> Backup:
    ids = {archive["database"]["id"]: archive["id"] for archive in stanza["archive"]}
    return Backup(
        label=one["label"],
        kind=one["type"],
        start=one["archive"]["start"],
        stop=one["archive"]["stop"],
        stop_lsn=lsn(one["lsn"]["stop"]),
        ended_at=one["timestamp"]["stop"],
        size=one["info"]["size"],
        stored=one["info"]["repository"]["delta"],
        needs=tuple(one["reference"] or ()),
        archive=ids.get(one["database"]["id"], ""),
        faulty=bool(one["error"]),
    )


def lsn(text: str) -> int:
    """Read a position in the WAL as a number of bytes."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def last(backups: Sequence[Backup], *, full: bool = False) -> Backup | None:
    """Give the newest backup, or the newest that is full."""
    found = [one for one in backups if one.kind == "full" or not full]
    return found[-1] if found else None
