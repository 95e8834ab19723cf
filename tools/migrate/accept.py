"""Accepts an edit of an applied file that changes nothing of what was applied.

That is a comment, white space, or the rollback, which has not been run. The statements
of the migration itself are history: they must be the same to PostgreSQL's parser.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import choose, ledger, target
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile, shown
from tools.migrate.options import Options

_PLACES: Final = frozenset({"location", "arg_location", "stmt_location", "stmt_len"})


def accept(url: str, id: str, reason: str, directory: Path) -> str:
    """Record migration *id* as its files are now; return its whole id.

    Args:
        url: of the database.
        id: whole or the number.
        reason: goes into yoyo's log.
        directory: of the files.

    Raises:
        Failure: it is not applied, or its statements are others than those applied.
    """
    files = migration_files.read(directory)
    file = migration_files.find(files, id)
    with target.opened(url, Options(), Reporter(quiet=True)) as session, session.lock():
        applied = ledger.course(session.connection, file.id)
        if applied is None:
            raise Failure(f"{file.id} has not been applied", next="edit it as you like")
        choose.check([file])
        _refuse_changed(file, applied.source)
        session.write(ledger.accepted(file, reason))
    return file.id


def _refuse_changed(file: MigrationFile, source: str) -> None:
    from tools.migrate.statements import split

    before, now = split(source, file.id), file.statements
    for old, new in zip(before, now, strict=False):
        if _meaning(old.node) != _meaning(new.node):
            raise Failure(
                f"{file.id} does something else than what was applied",
                where=new.shown,
                next="put the statement back and write a new migration",
            )
    if len(before) != len(now):
        raise Failure(
            f"{file.id} holds {len(now)} statements, and {len(before)} were applied",
            where=shown(file.path),
            next="put them back and write a new migration",
        )


def _meaning(node: Any) -> Any:
    """Return a parse tree without the places in the text."""
    if isinstance(node, dict):
        return {k: _meaning(v) for k, v in node.items() if k not in _PLACES}
    return [_meaning(item) for item in node] if isinstance(node, list) else node
