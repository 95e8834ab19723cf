"""Restore to a moment: `make restore TO=…`.

A restored server stands beside the one that runs, unless it is to replace it; then the
old data directory is moved aside and never removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from tools.console import Failure, out
from tools.ops.backup import marks
from tools.ops.backup.place import Place
from tools.ops.backup.repository import Backup, Repository
from tools.postgres.cluster import Cluster, socket_fits
from tools.postgres.storage import explained, user_temp

_LSN: Final = re.compile(r"[0-9A-Fa-f]+/[0-9A-Fa-f]+")
_STILL: Final = "is not ready after"  # what Cluster.start says of a long recovery


@dataclass(frozen=True)
class Target:
    """A moment to restore to.

    Attributes:
        kind: pgBackRest's type: `time`, `lsn`, `name`, or `default`, the archive's end.
        text: as PostgreSQL reads it.
    """

    kind: str
    text: str = ""

    def options(self) -> list[str]:
        """Give the options of `pgbackrest restore`."""
        words = [f"--type={self.kind}"]
        if self.kind != "default":
            words += [f"--target={self.text}", "--target-action=promote"]
        return words


def parse(text: str) -> Target:
    """Read `latest`, a moment with its zone, a position in the WAL, or a name.

    Raises:
        Failure: it is none of them; a moment without a zone is refused, since an hour
            more or less is somebody's work.
    """
    if text == "latest":
        return Target("default")
    if _LSN.fullmatch(text):
        return Target("lsn", text)
    if marks.NAME.fullmatch(text):
        return Target("name", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Failure(
            f"{text!r} is neither latest, nor a moment with its zone, nor a position in"
            " the WAL, nor a name",
            where="TO",
            next="for example TO='2026-03-29 14:05:00+02:00'",
            status=2,
        )
    return Target("time", f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}")


def restore(
    place: Place,
    target: Target,
    into: Path,
    settings: Mapping[str, str] | None = None,
) -> Cluster:
    """Restore into the new directory *into*, start a server there, and promote it.

    It archives nothing: two servers must not write one archive.

    Args:
        place: whose backups.
        target: the moment.
        into: home of the new server; a directory that is empty or not there.
        settings: of the new server, which outrank its own.

    Raises:
        Failure: no backup reaches the moment, the repository is damaged, or the
            recovery ends before the moment; with the reason.
    """
    home = _make_home(place, into)
    _fetch(place, target, home / "data", archive=False)
    socket = home / "socket"
    if not socket_fits(socket):
        socket = user_temp() / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    with explained(socket):
        socket.mkdir(exist_ok=True)
        place.account.own(socket)
    cluster = Cluster(home, place.bin, place.account, socket, settings or {})
    _start(cluster)
    return cluster


def replace(place: Place, target: Target) -> Path:
    """Let the private server go on from *target*, and give where its old data are.

    It recovers at the old place, so that its new timeline is archived from the first
    byte. Where the recovery fails, the old data are put back and run.

    Raises:
        Failure: the server is not ours to stop; or as of `restore`.
    """
    cluster = place.cluster
    if cluster is None:
        raise Failure(
            "this server is started and stopped by others",
            where=str(place.data),
            next="docs/runbooks/restore.md has the steps",
        )
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside = place.data.with_name(f"data.before-{now}")
    new = place.data.with_name(f"data.restored-{now}")
    new.mkdir()
    place.account.own(new)
    cluster.stop()
    try:
        _fetch(place, target, new, archive=True)
        place.data.rename(aside)
        new.rename(place.data)
        _start(cluster)
    except Failure:
        discard(cluster)
        if aside.exists():
            place.data.rename(new)
            aside.rename(place.data)
        cluster.start()
        raise
    return aside


def _fetch(place: Place, target: Target, data: Path, *, archive: bool) -> None:
    repository = Repository(place)
    options = [*target.options(), f"--pg1-path={data}"]
    options += _set(place, repository, target)
    options.append(f"--archive-mode={'preserve' if archive else 'off'}")
    if archive:  # what pgBackRest writes by itself names *data*, which is renamed
        command = repository.restore_command
        options.append(f"--recovery-option=restore_command={command}")
    with out.status(f"restoring into {data}"):
        repository.run("restore", *options)


def _make_home(place: Place, into: Path) -> Path:
    if not into.is_absolute():
        into = into.absolute()
    with explained(into):
        into.mkdir(parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise Failure(
                f"{into} is not empty", where="INTO", next="a new directory", status=2
            )
        place.account.own(into)
        into.chmod(0o711)
        data = into / "data"
        data.mkdir()
        place.account.own(data)
    if not place.account.reaches(data):
        raise Failure(
            f"{place.account.name} cannot enter {into}",
            where="INTO",
            next=f"a directory such as {place.home}/restored",
        )
    return into


def _set(place: Place, repository: Repository, target: Target) -> list[str]:
    """Choose the backup for a name; pgBackRest chooses for a time or a position."""
    if target.kind != "name":
        return []
    position = marks.read(place).get(target.text)
    if position is None:
        raise Failure(
            f"no moment {target.text} is known",
            where=str(place.state / "marks.json"),
            next="one of: " + (", ".join(marks.read(place)) or "none is; give a time"),
        )
    chosen = newest_before(repository.backups(), position)
    return [f"--set={chosen.label}"]


def newest_before(backups: list[Backup], position: int) -> Backup:
    """Give the newest backup that is consistent before *position*.

    Raises:
        Failure: there is none.
    """
    found = [one for one in backups if one.stop_lsn <= position]
    if not found:
        raise Failure(
            "no backup ended before that moment", next="make backup, next time"
        )
    return found[-1]


def _start(cluster: Cluster) -> None:
    """Start it, however long the recovery takes, and tell why where it does not end."""
    try:
        with out.status("replaying the WAL"):
            cluster.start()
    except Failure as failure:
        if _STILL not in failure.what or cluster.postmaster.is_gone():
            raise _explain(cluster, failure) from failure
    while not _is_promoted(cluster):
        if cluster.postmaster.is_gone():
            raise _explain(cluster, Failure(
                "the server ended in its recovery", where=str(cluster.log),
                next=f"cat {cluster.log}",
            ))  # fmt: skip
        time.sleep(0.05)


def _is_promoted(cluster: Cluster) -> bool:
    """Tell whether the recovery is over; before, it may answer but takes no writes."""
    try:
        with psycopg.connect(cluster.url(), connect_timeout=5) as connection:
            row = connection.execute("select pg_is_in_recovery()").fetchone()
    except psycopg.OperationalError:
        return False
    return row == (False,)


def _explain(cluster: Cluster, failure: Failure) -> Failure:
    log = cluster.log.read_text(errors="replace") if cluster.log.exists() else ""
    if "before configured recovery target was reached" in log:
        return Failure(
            "the archive ends before that moment",
            where=str(cluster.log),
            next="make restore TO=latest; or make backup-check, which finds the segment"
            " that is missing",
        )
    fatal = re.findall(r"FATAL: +(.*)", log)
    if not fatal:
        return failure
    return Failure(
        f"the restored server did not start: {fatal[-1]}",
        where=failure.where,
        next="make backup-check, which tells what the archive lacks",
    )


def discard(cluster: Cluster) -> None:
    """End a restored server at once; its directory is the caller's to remove."""
    if not cluster.postmaster.is_gone():
        cluster.stop(signal.SIGQUIT)
