"""Find what is wrong with the backups before somebody needs them: `make backup-check`.

`pgbackrest verify` reads every byte, and its answer is not the whole one: it ends with
status 0 whatever it finds, calls a backup valid whose parent is not, and does not miss
a WAL segment that is gone. This adds what is lacking, and writes down what it found.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import psycopg

from tools.console import Failure
from tools.ops.backup import state, wal
from tools.ops.backup.place import STANZA, Place
from tools.ops.backup.repository import Backup, Repository

DAY: Final = 86400.0
OLD_BACKUP: Final = 26 * 3600.0  # seconds: a day, and the time that one takes
OLD_FULL: Final = 9 * DAY
OLD_DRILL: Final = 8 * DAY
_SPARE: Final = 8  # segments before the oldest backup that an expiry may leave
_VERDICT: Final = re.compile(r"^  backup: (\S+), status: ([\w-]+)", re.MULTILINE)
_ARCHIVE: Final = re.compile(
    r"^  archiveId: (\S+), .*\n    missing: (\d+), checksum invalid: (\d+), "
    r"size invalid: (\d+), other: (\d+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        severity: `stop`, a restore fails or is not possible; `look`, it may soon.
        key: which rule, a word.
        object: the backup, segment or file.
        what: in a sentence.
        mend: what to do.
    """

    severity: str
    key: str
    object: str
    what: str
    mend: str


def check(place: Place) -> list[Fault]:
    """Look at repository, archive and server, and write down what was found.

    Raises:
        Failure: there is no repository, or it cannot be read at all.
    """
    if not place.config.exists():
        raise Failure("there is no backup", where=str(place.home), next="make backup")
    repository = Repository(place)
    found = list(_look(repository))
    stops = sum(fault.severity == "stop" for fault in found)
    result = {"ok": not stops, "faults": [asdict(fault) for fault in found]}
    state.write(place.state, "check", result)
    return found


def _look(repository: Repository) -> Iterator[Fault]:
    backups = repository.backups()
    yield from _ages(repository.place, backups)
    yield from _secrecy(repository.place)
    for number in repository.numbers():
        yield from _verify(repository, backups, number)
        yield from _archive(repository, backups, number)
    yield from _server(repository)


def _ages(place: Place, backups: Sequence[Backup]) -> Iterator[Fault]:
    now = time.time()
    if not backups:
        yield Fault("stop", "none", STANZA, "there is no backup", "make backup")
        return
    if now - backups[-1].ended_at > OLD_BACKUP:
        hours = (now - backups[-1].ended_at) / 3600
        yield Fault(
            "stop",
            "old",
            backups[-1].label,
            f"the last backup is {hours:.0f} hours old",
            "make backup",
        )
    full = max((b.ended_at for b in backups if b.kind == "full"), default=0)
    if now - full > OLD_FULL:
        yield Fault(
            "look",
            "old-full",
            backups[-1].label,
            "the last full backup is older than nine days",
            "make backup type=full",
        )
    for backup in backups:
        if backup.faulty:
            yield Fault(
                "stop",
                "pages",
                backup.label,
                "pages failed their checksums when it was made",
                "docs/runbooks/PageChecksumFailed.md",
            )
    drill = state.read(place.state, "drill").get("succeeded_at")
    if drill is None or now - drill > OLD_DRILL:
        yield Fault(
            "look",
            "drill",
            STANZA,
            "no restore was tried in the last eight days",
            "make drill",
        )


def _secrecy(place: Place) -> Iterator[Fault]:
    mode = stat.S_IMODE(place.config.stat().st_mode)
    if mode & 0o077:
        yield Fault(
            "stop",
            "passphrase",
            str(place.config),
            f"others can read the passphrase (mode {mode:o})",
            f"chmod 600 {place.config}; then a new passphrase: docs/runbooks/backup.md",
        )
    if place.repository.exists() and _device(place.repository) == _device(place.data):
        yield Fault(
            "look",
            "same-disk",
            str(place.repository),
            "the backups are on the disk of the data",
            "a second repository on another machine, in conf.d/:"
            " docs/runbooks/backup.md",
        )


def _device(path: os.PathLike[str]) -> int:
    return os.stat(path).st_dev


def _verify(
    repository: Repository, backups: Sequence[Backup], number: int
) -> Iterator[Fault]:
    """Read every byte, and condemn the children of what is broken."""
    once = "--job-retry=1"  # what is damaged is not mended by reading it for 16 s
    words = ["--output=text", "--verbose", once, f"--repo={number}"]
    said = repository.run("verify", *words)
    broken = {
        label: status
        for label, status in _VERDICT.findall(said)
        if status not in ("valid", "in-progress")
    }
    for label, status in sorted(broken.items()):
        yield Fault(
            "stop",
            "backup",
            label,
            f"it is {status} in repository {number}",
            "make backup type=full; then docs/runbooks/BackupDamaged.md",
        )
    for backup in backups:
        parents = [label for label in backup.needs if label in broken]
        if parents and backup.label not in broken:
            yield Fault(
                "stop",
                "parent",
                backup.label,
                f"it cannot be restored: it needs {', '.join(parents)}",
                "make backup type=full",
            )
    for archive, *counts in _ARCHIVE.findall(said):
        if faults := sum(map(int, counts)):
            yield Fault(
                "stop",
                "segment-damaged",
                archive,
                f"{faults} WAL segments are damaged in repository {number}",
                "make backup type=full; then docs/runbooks/BackupDamaged.md",
            )
    if "status: error" in said and not broken and not _ARCHIVE.search(said):
        yield Fault(
            "stop",
            "verify",
            STANZA,
            "pgbackrest verify reports an error",
            "pgbackrest verify --output=text --verbose",
        )


def _archive(
    repository: Repository, backups: Sequence[Backup], number: int
) -> Iterator[Fault]:
    """Miss what verify does not miss, and find what is never expired."""
    size = _segment_size(repository.place)
    for archive in sorted({backup.archive for backup in backups}):
        files = repository.files(f"archive/{STANZA}/{archive}", number)
        names = {m[1]: bytes_ for name, bytes_ in files.items()
                 if (m := wal.SEGMENT.fullmatch(name))}  # fmt: skip
        histories = {
            int(name[:8], 16): repository.run(
                "repo-get", f"--repo={number}", f"archive/{STANZA}/{archive}/{name}"
            )
            for name in files
            if re.fullmatch(r"[0-9A-F]{8}\.history", name)
        }
        own = [backup for backup in backups if backup.archive == archive]
        starts = {backup.label: (backup.start, backup.stop) for backup in own}
        yield from _gaps(wal.missing(names, starts, histories, size), own)
        first = min(own, key=lambda backup: wal.read(backup.start, size).number)
        old = wal.older(names, first.start, size)
        if len(old) > _SPARE:
            stored = sum(names[name] for name in old)
            yield Fault(
                "look",
                "unexpired",
                archive,
                f"{len(old)} segments ({stored} bytes) before the oldest backup"
                " serve no restore and will not expire by themselves",
                "make backup type=full; docs/runbooks/WalNeverExpires.md",
            )


def _gaps(lost: dict[str, list[str]], backups: Sequence[Backup]) -> Iterator[Fault]:
    for label, names in lost.items():
        listed = ", ".join(names[:3]) + (
            f" and {len(names) - 3} more" * (len(names) > 3)
        )
        if label:
            yield Fault(
                "stop",
                "segment-missing",
                label,
                f"it cannot be restored: WAL {listed} is missing",
                "make backup",
            )
        else:
            yield Fault(
                "stop",
                "segment-missing",
                backups[0].label,
                f"WAL {listed} is missing: no later moment can be reached"
                " from a backup before it",
                "make backup",
            )


def _server(repository: Repository) -> Iterator[Fault]:
    """Ask the server whether it archives; one that is down is not asked."""
    place = repository.place
    try:
        with place.connect() as connection:
            row = connection.execute(
                "select current_setting('archive_mode') <> 'off',"
                " current_setting('archive_command'), last_archived_wal,"
                " last_failed_wal, last_failed_time > coalesce(last_archived_time,"
                " '-infinity') from pg_stat_archiver"
            ).fetchone()
    except psycopg.OperationalError:
        return
    assert row is not None  # noqa: S101 - always one row
    on, command, archived, failed, failing = row
    if not on or "archive-push" not in command:
        yield Fault(
            "stop",
            "not-archiving",
            "archive_command",
            "the server does not archive its WAL",
            "make backup",
        )
    elif failing:
        yield Fault(
            "stop",
            "archive-failing",
            failed,
            "the archiver fails with this segment",
            "docs/runbooks/ArchiveFailing.md",
        )
    elif archived and re.fullmatch(r"[0-9A-F]{24}", archived):
        last = [archive.get("max") or "" for stanza in repository.info()
                for archive in stanza["archive"]]  # fmt: skip
        if archived > max(last, default=""):
            yield Fault(
                "stop",
                "segment-missing",
                archived,
                "the server says that it is archived, and it is not there",
                "make backup",
            )


def _segment_size(place: Place) -> int:
    """Read the bytes of a segment from the data directory, server up or down."""
    done = place.account.run(place.bin / "pg_controldata", place.data)
    found = re.search(r"Bytes per WAL segment: +(\d+)", done.stdout)
    if found is None:
        raise Failure(
            f"pg_controldata does not read it: {done.stderr.strip()}",
            where=str(place.data),
            next="run it on the server's machine",
        )
    return int(found[1])
