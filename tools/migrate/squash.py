"""Folds released migrations into one: `python -m tools.migrate squash --to NNNN`.

The new file takes the number of the last one that it replaces and lists them all with
their checksums. A new database runs it; one that has all of them only records it. It is
written after two throw-away servers, one filled the old way and one the new, have been
found equal.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from pglast.parser import scan
from psycopg import sql

from tools import catalog, migrate
from tools.catalog import State
from tools.console import Failure
from tools.migrate import batches, header
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile, digest, shown
from tools.migrate.migration import ROLLBACK
from tools.migrate.statements import Statement
from tools.postgres import databases
from tools.postgres.server import find_bin, throwaway

# Effects on tables that hold rows; a new database has none.
_NEEDLESS: Final = ("VACUUM", "REINDEX", "CLUSTER")
_TABLES: Final = """
select n.nspname, c.relname
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
and n.nspname !~ '^(pg_|information_schema$|todo_migrations$)'
"""
_LIMITS: Final = ("lock_timeout", "statement_timeout")


def squash(directory: Path, to: str) -> list[str]:
    """Replace the files of *directory* up to *to* by one; return what was done.

    A run that was interrupted is finished by the next one.

    Raises:
        Failure: there is nothing to fold, or the new file gives another database.
    """
    if found := _finished(directory):
        return [f"{found}: an interrupted squash is finished"]
    files = migration_files.read(directory)
    last = migration_files.find(files, to)
    chosen = files[: files.index(last) + 1]
    if len(chosen) < 2:
        raise Failure(
            f"there is nothing to fold: {last.id} is the first migration",
            next="name a later one: make squash to=NNNN",
        )
    id = f"{last.number}_squash_{chosen[0].number}_to_{last.number}"
    forward, back = folded(chosen)
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name)
        _write(trial, id, forward, back)
        _prove(directory, trial, last.id, reversible=back is not None)
    _write(directory, id, forward, back)
    _remove(directory, chosen)
    return [
        f"{id}: in place of {len(chosen)} migrations, proven equal",
        f"a database that has all {len(chosen)} only records it: make migrate",
    ]


def folded(files: Sequence[MigrationFile]) -> tuple[str, str | None]:
    """Return the text of a migration in place of *files*, and of its rollback."""
    lines = [f"-- In place of {files[0].id} to {files[-1].id}; made by make squash."]
    for file in files:
        replaced = file.replaces or {}
        for id, checksum in {**replaced, file.id: file.checksum}.items():
            lines.append(f"-- replaces: {id} {checksum}")
    reasons = [f"{f.id}: {f.irreversible}" for f in files if f.irreversible]
    if reasons:
        lines.append(f"-- irreversible: {'; '.join(reasons)}")
    for file in files:
        lines += ["", f"-- {file.id}", *_comments(file), ""]
        lines += _body(file, forward=True)
    back: list[str] = []
    for file in reversed(files):
        back += ["", f"-- {file.id}", *_body(file, forward=False)]
    return _text(lines), None if reasons else _text(back)


def _comments(file: MigrationFile) -> Iterator[str]:
    """Yield the leading comments of *file* that are no directives."""
    taken = {directive.line for directive in file.header.directives}
    for number, line in enumerate(file.header.comments, 1):
        if number not in taken and line.strip():
            yield line


def _body(file: MigrationFile, *, forward: bool) -> Iterator[str]:
    """Yield the SQL as it runs in one transaction with that of other files."""
    statements = file.statements if forward else file.rollback_statements
    role = file.header.value("role")
    if role:
        yield f"set local role {role};"
    if file.is_backfill and forward:
        yield f"{batches.whole(batches.parse(file), file.statements[0])};"
    elif file.transactional or file.is_backfill:
        yield _ended(_after_header(file) if forward else file.rollback_sql or "")
    else:
        yield from (f"{text};" for text in map(_in_transaction, statements) if text)
    yield from _undone(statements, role)


def _after_header(file: MigrationFile) -> str:
    return "\n".join(file.sql.split("\n")[file.header.length :])


def _ended(text: str) -> str:
    """Return *text* with a semicolon at its end, its comments included."""
    tokens = [token for token in scan(text) if not token.name.endswith("_COMMENT")]
    ended = not tokens or tokens[-1].name == "ASCII_59"
    return text.strip() if ended else f"{text.strip()}\n;"


def _in_transaction(statement: Statement) -> str:
    """Return what *statement* is in a transaction, on a database without rows."""
    if statement.alone is None:
        return statement.text
    if statement.alone.startswith(_NEEDLESS):
        return ""
    token = next(t for t in scan(statement.text) if t.name == "CONCURRENTLY")
    before, after = statement.text[: token.start], statement.text[token.end + 1 :]
    return f"{before.rstrip()} {after.lstrip()}".strip()


def _undone(statements: Sequence[Statement], role: str | None) -> Iterator[str]:
    """Yield what takes SET LOCAL back, which ended with the file's transaction."""
    names = {"role"} if role else set()
    for statement in statements:
        if statement.kind == "VariableSetStmt":
            change = names.add if statement.node.get("is_local") else names.discard
            change(statement.node.get("name", ""))
    for name in sorted(names.difference(_LIMITS)):
        yield "reset role;" if name == "role" else f"set local {name} to default;"


@dataclass(frozen=True)
class Given:
    """What a directory gives: before its migrations, with them, and after its way back.

    Args:
        rows: of each table.
        taken_back: None for migrations that are irreversible.
    """

    empty: State
    full: State
    rows: dict[str, int]
    taken_back: State | None


def _prove(directory: Path, trial: Path, until: str, *, reversible: bool) -> None:
    """Compare what the old files give with what the new one gives, and its way back.

    Raises:
        Failure: with the differences.
    """
    old = _given("the old files", directory, until, back=False)
    new = _given("the squash", trial, until[:4], back=reversible)
    found = catalog.unlike(old.full, new.full)
    for name in sorted(old.rows.keys() | new.rows.keys()):
        if old.rows.get(name) != new.rows.get(name):
            found.append(f"{name}: {old.rows.get(name)} rows, {new.rows.get(name)} now")
    if new.taken_back and not found:
        found = catalog.unlike(new.empty, new.taken_back)
    if found:
        raise Failure(
            "\n  ".join(["the squash gives another database:", *found]),
            where=shown(directory),
            next="fold fewer files: make squash to=NNNN; nothing was changed",
        )


def _given(name: str, directory: Path, until: str, *, back: bool) -> Given:
    """Try *directory* on a server of its own, because roles belong to a server."""
    programs = find_bin()
    with throwaway(programs) as cluster:
        databases.create(cluster.url(), "squash")
        url = cluster.url("squash")
        empty = catalog.state("an empty database", url, programs)
        migrate.apply(url, until=until, directory=directory)
        full, rows = catalog.state(name, url, programs), _rows(url)
        if not back:
            return Given(empty, full, rows, None)
        migrate.rollback(url, to="0000", directory=directory)
        taken_back = catalog.state(f"{name}, taken back", url, programs)
        return Given(empty, full, rows, taken_back)


def _rows(url: str) -> dict[str, int]:
    """Return the number of rows of each table."""
    count = sql.SQL("select count(*) from {}")
    with psycopg.connect(url) as connection:
        return {
            ".".join(names): connection.execute(
                count.format(sql.Identifier(*names))
            ).fetchall()[0][0]
            for names in connection.execute(_TABLES).fetchall()
        }


def _write(directory: Path, id: str, forward: str, back: str | None) -> None:
    """Write both files, the migration last: it is what counts."""
    for suffix, text in ((ROLLBACK, back), (".sql", forward)):
        if text is not None:
            partial = directory / f".{id}{suffix}.partial"
            partial.write_text(text)
            partial.replace(directory / f"{id}{suffix}")


def _remove(directory: Path, files: Sequence[MigrationFile]) -> None:
    for file in files:
        file.rollback_path.unlink(missing_ok=True)
        file.path.unlink(missing_ok=True)


def _finished(directory: Path) -> str | None:
    """Finish a squash that was interrupted while it wrote or removed files.

    Returns:
        The id of the squash whose old files were still there, or None.
    """
    for partial in directory.glob(".*_squash_*.partial"):
        partial.unlink()
    for path in directory.glob("*_squash_*.sql"):
        if path.name.endswith(ROLLBACK):
            if not path.with_name(path.name.replace(ROLLBACK, ".sql")).exists():
                path.unlink()
            continue
        replaced = header.parse(path.read_text(), shown(path)).values("replaces")
        if left := [line.split()[0] for line in replaced if _left(directory, line)]:
            for id in left:
                (directory / f"{id}{ROLLBACK}").unlink(missing_ok=True)
                (directory / f"{id}.sql").unlink(missing_ok=True)
            return path.name.removesuffix(".sql")
    return None


def _left(directory: Path, replaced: str) -> bool:
    """Tell whether files of a *replaced* line are there, as they were squashed."""
    id, checksum = replaced.split()
    path = directory / f"{id}.sql"
    if path.exists():
        return digest(path.read_text().replace("\r\n", "\n")) == checksum
    return (directory / f"{id}{ROLLBACK}").exists()


def _text(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
