"""What is applied, what is pending, what was changed behind the record's back."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from tools.console import Failure
from tools.console.reporter import table
from tools.migrate import compare, ledger
from tools.migrate.files import MigrationFile
from tools.migrate.ledger import Record
from tools.migrate.session import Session


def lines(files: Sequence[MigrationFile], records: Mapping[str, Record]) -> list[str]:
    """Return the table of migrations, those of the directory and of the database."""
    found = compare.findings(files, records)
    ids = sorted({file.id for file in files} | set(records))
    by_id = {file.id: file for file in files}
    rows = [("migration", "state", "applied at (UTC)", "time", "checksum")]
    for id in ids:
        entry = records.get(id)
        rows.append(
            (
                id,
                _state(by_id.get(id), entry),
                (entry.applied_at or "")[:19] if entry else "",
                _time(entry),
                "differs" if id in found else entry.checksum[:12]
                if entry and entry.checksum else "",
            )
        )  # fmt: skip
    return table(rows)


def edits(session: Session, files: Sequence[MigrationFile], id: str) -> list[str]:
    """Return the text of migration *id* as applied, or how the files differ from it.

    Args:
        session: with the connection.
        files: of the directory.
        id: whole, or the number.

    Raises:
        Failure: neither the directory nor the database knows it.
    """
    records = ledger.read(session.connection)
    whole = next((r for r in records if id in (r, r[:4])), None)
    course = ledger.course(session.connection, whole) if whole else None
    applied = (course.source, course.rollback_source) if course else None
    file = next((f for f in files if id in (f.id, f.number)), None)
    if applied is None and file is None:
        raise Failure(
            f"there is no migration {id!r}, here or in the database",
            next="make status lists them",
        )
    if applied is None or file is None:
        sql, back = applied or (file.sql if file else "", None)
        return [*sql.splitlines(), *([] if back is None else _rollback(back))]
    pairs = (
        (applied[0], file.sql, file.path.name),
        (applied[1] or "", file.rollback_sql or "", file.rollback_path.name),
    )
    found = [line for then, now, name in pairs for line in _diff(then, now, name)]
    return found or [f"{file.id} is as it was applied", "", *file.sql.splitlines()]


def _state(file: MigrationFile | None, entry: Record | None) -> str:
    if entry is None:
        return "pending"
    words = {"running": "applied in part", "undoing": "taken back in part"}
    state = words.get(entry.state or "", "applied")
    if entry.unfinished and entry.rows_done:
        state += f", {entry.rows_done:,} rows"
    return state if file else f"{state}, no file"


def _time(entry: Record | None) -> str:
    if entry is None or entry.duration_ms is None:
        return ""
    return f"{entry.duration_ms / 1000:.2f} s"


def _rollback(text: str) -> list[str]:
    return ["", "-- its rollback:", *text.splitlines()]


def _diff(then: str, now: str, name: str) -> list[str]:
    return list(
        difflib.unified_diff(
            then.splitlines(),
            now.splitlines(),
            f"{name} as applied",
            f"{name} in the directory",
            lineterm="",
        )
    )
