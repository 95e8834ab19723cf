"""The files against the database's record of them: what is pending, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.console import Failure
from tools.migrate.files import MigrationFile, shown
from tools.migrate.ledger import Record


def pending(
    files: Sequence[MigrationFile], records: Mapping[str, Record]
) -> list[MigrationFile]:
    """Return the files that are still to be applied, in order.

    Raises:
        Failure: the first of `findings`.
    """
    found = findings(files, records)
    if found:
        first = next(iter(found.values()))
        if len(found) > 1:
            first.what += f" (and {len(found) - 1} more findings: make status)"
        raise first
    return [f for f in files if f.id not in records or records[f.id].unfinished]


def findings(
    files: Sequence[MigrationFile], records: Mapping[str, Record]
) -> dict[str, Failure]:
    """Return what was done to files behind the back of the record, by id.

    That is: edited, renamed or deleted after they had been applied, numbered below one
    that is applied already, or squashed although the database has only a part of them.
    """
    found: dict[str, Failure] = {}
    by_id = {file.id: file for file in files}
    squashed = {id: file for file in files for id in file.replaces}
    for record in records.values():
        file = by_id.get(record.id)
        if file is not None:
            wrong = _edited(file, record)
        elif record.id in squashed:
            wrong = _unlike(squashed[record.id], record, records)
        else:
            wrong = _gone(record, files, records)
        if wrong:
            found[record.id] = wrong
    applied = [f for f in files if f.id in records and not records[f.id].unfinished]
    for file in files:
        late = applied and file.number < applied[-1].number
        if late and file.id not in records and not folds(file, records):
            found.setdefault(file.id, _late(file, applied[-1]))
    return found


def folds(file: MigrationFile, records: Mapping[str, Record]) -> bool:
    """Tell whether *file* only takes the place of migrations that are all applied."""
    return bool(file.replaces) and file.replaces.keys() <= records.keys()


def _unlike(
    squash: MigrationFile, record: Record, records: Mapping[str, Record]
) -> Failure | None:
    """Return why *record* cannot give its place to *squash*."""
    missing = sorted(squash.replaces.keys() - records.keys())
    before = "git log -- migrations shows the commit of the squash; check out the one"
    if missing or record.unfinished:
        what = f"{missing[0]} is missing" if missing else f"{record.id} is unfinished"
        return Failure(
            f"{squash.id} is in place of {len(squash.replaces)} migrations, and this"
            f" database has only a part of them: {what}",
            where=shown(squash.path),
            next=f"{before} before it and run make migrate there",
        )
    if record.checksum != squash.replaces[record.id]:
        return Failure(
            f"{record.id}, which {squash.id} was made from, is not what was applied",
            where=squash.header.place("replaces"),
            next="see what was applied: python -m tools.migrate show"
            f" {record.id}; make the squash again from those files",
        )
    return None


def _gone(
    record: Record, files: Sequence[MigrationFile], records: Mapping[str, Record]
) -> Failure:
    for file in files:
        if file.checksum == record.checksum and file.id not in records:
            return Failure(
                f"{record.id} was renamed to {file.id} after it had been applied",
                where=shown(file.path),
                next=f"give it its name back: git mv {shown(file.path)}"
                f" {shown(file.path.with_name(record.id + '.sql'))}",
            )
    half = " in part" if record.unfinished else ""
    return Failure(
        f"{record.id} has been applied{half} and its file is gone",
        where=f"migrations/{record.id}.sql",
        next="put the file back (git log --diff-filter=D -- migrations), or see what"
        f" was applied: python -m tools.migrate show {record.id}",
    )


def _edited(file: MigrationFile, record: Record) -> Failure | None:
    if record.checksum is None:
        return Failure(
            f"{record.id} was recorded by plain yoyo, without a checksum",
            where=shown(file.path),
            next="prove that the database is what the migrations give and adopt it:"
            " make baseline",
        )
    if record.unfinished:  # to be mended: `resume` looks at what may change
        return _recast(file, record)
    for path, now, then in (
        (file.path, file.checksum, record.checksum),
        (file.rollback_path, file.rollback_checksum, record.rollback_checksum),
    ):
        if now != then:
            return Failure(
                f"{path.name} was edited after it had been applied",
                where=shown(path),
                next=f"see the edit: python -m tools.migrate show {file.number}; take"
                f" it back: git checkout -- {shown(path)}; write a new migration"
                " instead: make new m=…; or, while it is the last and not released:"
                " make redo",
            )
    return None


def _recast(file: MigrationFile, record: Record) -> Failure | None:
    """Return why an unfinished file may not be run in another way than before."""
    batches = record.position is not None
    steps = bool(record.statements_done)
    if (batches and not file.is_backfill) or (steps and file.transactional):
        how = "in batches" if batches else "statement by statement"
        return Failure(
            f"{file.id} is applied in part, {how}, and its header says otherwise now",
            where=shown(file.path),
            next="put the header back: only then can the run be taken up again",
        )
    return None


def _late(file: MigrationFile, last: MigrationFile) -> Failure:
    return Failure(
        f"{file.id} comes before {last.id}, which is already applied",
        where=shown(file.path),
        next="give it and its rollback the next free number and let it depend on the"
        f" last migration, {last.id}",
    )
