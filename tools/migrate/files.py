"""The migration files as they stand in the directory, and what is refused about them.

Nothing here needs a database or PostgreSQL's parser, so that a run with nothing to do
is fast. `statements` looks inside the files that are about to run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.migrate import header as headers
from tools.migrate.migration import ROLLBACK, MigrationFile, digest, shown
from tools.project import MIGRATIONS

__all__ = ["MigrationFile", "digest", "find", "read", "shown"]

ID: Final = re.compile(r"\d{4}_(baseline|[a-z][a-z0-9]*(_[a-z0-9]+)+)")
_BESIDE: Final = frozenset({"README.md"})


def read(directory: Path = MIGRATIONS) -> list[MigrationFile]:
    """Return the migrations of *directory* in order.

    Raises:
        Failure: the directory is missing, a file is misnamed, unreadable, duplicated,
            without rollback and without a stated reason, or depends on what is not
            there or comes later.
    """
    names = _names(directory)
    files = [_load(directory / f"{id}.sql", names) for id in sorted(names) if _own(id)]
    _refuse_orphans(directory, names)
    _refuse_duplicates(files)
    for file, before in zip(files, _ids_before(files), strict=True):
        _refuse_depends(file, before)
    return files


def find(files: Sequence[MigrationFile], wanted: str) -> MigrationFile:
    """Return the migration whose id or number is *wanted*.

    Raises:
        Failure: there is none.
    """
    for file in files:
        if wanted in (file.id, file.number):
            return file
    last = files[-1].id if files else "none"
    raise Failure(
        f"there is no migration {wanted!r}",
        next=f"name one by its four digits or its whole id; the last is {last}",
    )


def _own(stem: str) -> bool:
    return not stem.endswith(".rollback")


def _names(directory: Path) -> dict[str, str]:
    """Map each stem (`0001_x`, `0001_x.rollback`) to its file name."""
    if not directory.is_dir():
        raise Failure(
            f"there is no directory {shown(directory)}",
            next="run from a checkout of the project, or name it with --directory",
        )
    names: dict[str, str] = {}
    for path in sorted(directory.iterdir()):
        if path.name in _BESIDE or path.name.startswith(".") or path.name[-1] == "~":
            continue
        stem = path.name.removesuffix(".sql")
        id = stem.removesuffix(".rollback")
        if not path.is_file() or stem == path.name or not ID.fullmatch(id):
            raise Failure(
                f"{path.name} is no name of a migration",
                where=shown(path),
                next="name it NNNN_verb_object.sql with lower-case letters, digits"
                " and _ (and .rollback.sql for its way back), or move it elsewhere",
            )
        names[stem] = path.name
    return names


def _load(path: Path, names: Iterable[str]) -> MigrationFile:
    sql = _text(path)
    header = headers.parse(sql, shown(path))
    id = path.name.removesuffix(".sql")
    has_rollback = f"{id}.rollback" in names
    rollback = path.with_name(id + ROLLBACK)
    reason = header.value("irreversible")
    if not has_rollback and reason is None:
        raise Failure(
            f"{path.name} has no rollback",
            where=shown(path),
            next=f"write {shown(rollback)}, or say in its leading comments"
            " `-- irreversible: why`",
        )
    if has_rollback and reason is not None:
        raise Failure(
            f"{path.name} says that it is irreversible and has a rollback all the same",
            where=header.place("irreversible"),
            next=f"remove the line `-- irreversible:` or {shown(rollback)}",
        )
    rollback_sql = _text(rollback) if has_rollback else None
    return MigrationFile(id, path, sql, rollback_sql, header)


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Failure(
            f"{path.name} is not UTF-8: byte {error.start} is no part of a character",
            where=shown(path),
            next="save it as UTF-8 without a byte-order mark",
        ) from None
    if text.startswith("\ufeff") or "\0" in text:
        raise Failure(
            f"{path.name} holds a byte-order mark or a NUL byte",
            where=shown(path),
            next="save it as UTF-8 without a byte-order mark",
        )
    return text.replace("\r\n", "\n")


def _refuse_orphans(directory: Path, names: Iterable[str]) -> None:
    known = set(names)
    for stem in known:
        if not _own(stem) and stem.removesuffix(".rollback") not in known:
            raise Failure(
                f"{stem}.sql takes back a migration that is not there",
                where=shown(directory / f"{stem}.sql"),
                next="put the migration back beside it, or remove the rollback too",
            )


def _refuse_duplicates(files: Sequence[MigrationFile]) -> None:
    keys: tuple[tuple[str, Callable[[MigrationFile], str]], ...] = (
        ("the same number", lambda file: file.number),
        ("the same text", lambda file: file.checksum),
    )
    for what, key in keys:
        groups: defaultdict[str, list[MigrationFile]] = defaultdict(list)
        for file in files:
            groups[key(file)].append(file)
        for same in groups.values():
            if len(same) > 1:
                raise Failure(
                    f"{' and '.join(f.id for f in same)} have {what}",
                    where=", ".join(shown(f.path) for f in same),
                    next="give the one that is not released yet the next free number,"
                    " or remove the copy",
                )


def _ids_before(files: Sequence[MigrationFile]) -> list[frozenset[str]]:
    """Return for each file the ids before it, those that were squashed included."""
    before: list[frozenset[str]] = [frozenset()]
    for file in files[:-1]:
        before.append(before[-1] | {file.id} | file.replaces.keys())
    return before[: len(files)]


def _refuse_depends(file: MigrationFile, before: frozenset[str]) -> None:
    if not file.depends and before and file.header.value("replaces") is None:
        raise Failure(
            f"{file.id} does not say what it depends on",
            where=shown(file.path),
            next=f"write `-- depends: {max(before)}` as its first line",
        )
    for id in file.depends:
        if id not in before:
            raise Failure(
                f"{file.id} depends on {id}, which does not come before it",
                where=file.header.place("depends"),
                next="name the id of an earlier migration, without `.sql`",
            )
