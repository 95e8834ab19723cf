"""Take a backup: `make backup`."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any, Final

from tools.console import Failure, out, say
from tools.ops.backup import archiving, marks, state
from tools.ops.backup.place import Place
from tools.ops.backup.repository import Backup, Repository, last

KINDS: Final = ("full", "diff", "incr")
_FULL_AGE: Final = 7 * 86400  # seconds after which the next backup is a full one


def take(place: Place, kind: str | None = None, *, renew: bool = False) -> Backup:
    """Back the server up, with all that this needs, and write down how it ended.

    Args:
        place: the server and the home of its backups.
        kind: `full`, `diff` or `incr`; by default an incremental one, and a full one
            each week.
        renew: whether another server stands where the repository's server stood, whose
            backups are kept.

    Raises:
        Failure: pgBackRest's reason; it is written down too.
    """
    began = time.monotonic()
    try:
        repository = _prepare(place, renew=renew)
        chosen = kind or _due(repository)
        with out.status(f"backing up {place.data}"):
            repository.run("backup", f"--type={chosen}")
        made = last(repository.backups())
        assert made is not None  # noqa: S101 - it was just made
    except Failure as failure:
        _record(place, {"ok": False, "reason": failure.what})
        raise
    marks.forget_before(place, repository.backups()[0].stop_lsn)
    _record(
        place,
        {"ok": not made.faulty, "seconds": round(time.monotonic() - began, 1),
         "backup": asdict(made)},
    )  # fmt: skip
    if made.faulty:
        raise Failure(
            f"the backup {made.label} holds pages whose checksums are wrong",
            where=str(place.data),
            next="docs/runbooks/PageChecksumFailed.md: the disk, before anything else",
        )
    return made


def _prepare(place: Place, *, renew: bool) -> Repository:
    repository = Repository(place)
    if repository.configure():
        say(f"{place.config} is new: it holds the passphrase of the backups.")
        say("Copy it to where the backups are not; without it nobody can read them.")
    made = repository.attempt("stanza-create")
    if made.returncode and "[028]" in made.stderr:  # files and server do not match
        if not renew:
            raise Failure(
                "the backups here are of another server than the one that runs",
                where=str(place.repository),
                next="right server? Then: make backup renew=1, which keeps them",
            )
        repository.run("stanza-upgrade")
    elif made.returncode:
        repository.run("stanza-create")  # for its reason
    archiving.ensure(repository)
    return repository


def _due(repository: Repository) -> str:
    full = last(repository.backups(), full=True)
    if full is None or time.time() - full.ended_at > _FULL_AGE:
        return "full"
    return "incr"


def _record(place: Place, result: dict[str, Any]) -> None:
    if place.home.is_dir():
        state.write(place.state, "backup", result)
