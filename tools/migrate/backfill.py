"""Data changes in batches: short transactions along a key, with a place to go on from.

Each batch commits with the last key that it passed, so a killed run goes on there and
no row is changed twice. Rows that arrive behind the position are not seen: whatever
writes new rows has to fill them already.
"""

from __future__ import annotations

import time
from typing import Any, Final

import psycopg

from tools.console import Failure
from tools.migrate import batches, failures, header, ledger, transaction
from tools.migrate.files import MigrationFile
from tools.migrate.session import Session
from tools.postgres import locks

_COLUMNS: Final = """
select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull
from pg_catalog.pg_attribute as a
where a.attrelid = pg_catalog.to_regclass(%s)
and a.attname = any(%s) and not a.attisdropped
"""
_INDEXED: Final = """
select exists (
    select from pg_catalog.pg_index as x
    where x.indrelid = pg_catalog.to_regclass(%(table)s)
    and x.indisvalid and x.indpred is null and (
        select array_agg(a.attname::text order by k.place)
        from unnest(x.indkey::smallint[]) with ordinality as k (attnum, place)
        join pg_catalog.pg_attribute as a
            on a.attrelid = x.indrelid and a.attnum = k.attnum
        where k.place <= cardinality(%(key)s::text[])
    ) = %(key)s
)
"""
_ESTIMATE: Final = """
with recursive parts as (
    select pg_catalog.to_regclass(%(table)s)::oid as oid
    union all
    select i.inhrelid from pg_catalog.pg_inherits as i
    join parts on i.inhparent = parts.oid
)
select sum(greatest(c.reltuples, 0))::bigint
from parts join pg_catalog.pg_class as c using (oid)
where c.relkind <> 'p'
"""


def run(session: Session, file: MigrationFile) -> None:
    """Run the backfill from where it stands.

    Raises:
        Failure: the key is not one, or locks were not to be had for too long.
        StatementError: the statement failed; earlier batches stay.
    """
    if session.dry:
        _sketch(session, file)
    else:
        walk = _Walk(session, file)
        while walk.batch():
            session.report.progress(walk.shown())
            time.sleep(walk.spec.pause / 1000)
        session.report.clear()
    session.write(ledger.applied(file))


def _sketch(session: Session, file: MigrationFile) -> None:
    """Send the statements of any batch: the table may not be there yet.

    The types of its key are the column's own, and are not known here either.
    """
    spec = batches.parse(file)
    types = ["text"] * len(spec.key)
    if ledger.course(session.connection, file.id) is None:
        session.write(ledger.begun(file))
    session.send(
        f"-- for each {spec.batch:,} rows of {spec.name}, {spec.pause} ms apart, with"
        " the types of the key in place of text:\n" + _begin(session, file)
    )
    query = batches.last_key(spec, types, first=False)
    session.send(query.as_string(session.connection))
    query = batches.change(spec, file.statements[0], types, first=False)
    session.send(query.as_string(session.connection))
    session.send(_end(file, ["%(high0)s"], 0))
    session.clean()


def _begin(session: Session, file: MigrationFile) -> str:
    return "; ".join((*session.head(file), "set local datestyle = 'ISO'"))


def _end(file: MigrationFile, high: list[str], changed: int) -> str:
    record = ledger.passed(file, high, changed)
    return f"{transaction.OWN_ROLE};\n{record};\ncommit"


class _Walk:
    """One backfill under way: its position, and how far it has come."""

    def __init__(self, session: Session, file: MigrationFile) -> None:
        self.session, self.file = session, file
        self.spec = batches.parse(file)
        self.connection = session.connection
        self.types = self._types()
        self.position = self._position()
        self.estimate = self._estimate()
        self.passed = 0
        self.began = time.monotonic()

    def batch(self) -> bool:
        """Do one batch in one transaction; return whether there was one."""
        return locks.retried(
            self._attempt,
            self.file.id,
            self.session.options.retry_for,
            self.session.report,
        )

    def shown(self) -> str:
        """How far it is, in words."""
        speed = self.passed / max(time.monotonic() - self.began, 0.001)
        text = f"{self.file.id}: {self.passed:,} rows passed, {speed:,.0f} a second"
        if self.estimate > self.passed:
            left = (self.estimate - self.passed) / max(speed, 1)
            share = self.passed / self.estimate
            text += f", {share:.0%} of about {self.estimate:,}, {left:,.0f} s left"
        return text

    def _attempt(self) -> bool:
        statement = self.file.statements[0]
        limit = self.session.lock_limit(self.file)
        self.session.watch.begin(limit, self.file.id)
        try:
            self.session.execute(_begin(self.session, self.file))
            rows, high = self._next()
            if rows:
                self._advance(high)
        except psycopg.Error as error:
            if locks.passing(error) or self.session.watch.cancelled:
                raise locks.LockedOut(self.session.watch.blockers) from error
            raise failures.StatementError(statement, statement.line, error) from error
        finally:
            self.session.watch.end()
            self.session.clean()
        if rows:  # counted only once it is committed
            self.position, self.passed = high, self.passed + rows
        return rows > 0

    def _next(self) -> tuple[int, list[str]]:
        """Return the number of rows of the next batch and its last key."""
        first = self.position is None
        query = batches.last_key(self.spec, self.types, first=first)
        cursor = psycopg.ClientCursor(self.connection)
        row = cursor.execute(query, self._low() or None).fetchone()
        return (0, []) if row is None else (int(row[0]), [str(v) for v in row[1:]])

    def _advance(self, high: list[str]) -> None:
        """Change the rows up to *high*, record it, and commit."""
        query = batches.change(
            self.spec,
            self.file.statements[0],
            self.types,
            first=self.position is None,
        )
        parameters = {f"high{n}": value for n, value in enumerate(high)}
        cursor = psycopg.ClientCursor(self.connection)
        text = cursor.mogrify(query, parameters | self._low())
        changed = self.session.change(text)
        self.session.execute(_end(self.file, high, changed))

    def _low(self) -> dict[str, str]:
        return {f"low{n}": value for n, value in enumerate(self.position or ())}

    def _types(self) -> tuple[str, ...]:
        """Return the types of the key columns; refuse what is no key to walk along."""
        spec, where = self.spec, self.file.header.place("backfill")
        rows = self.connection.execute(_COLUMNS, [spec.name, list(spec.key)])
        found = {row[0]: row for row in rows}
        for column in spec.key:
            if column not in found or not found[column][2]:
                state = "may be null" if column in found else "does not exist"
                raise Failure(
                    f"{self.file.id}: key column {spec.name}.{column} {state}",
                    where=where,
                    next="name the columns of the primary key, or of an index whose"
                    " columns are all not null",
                )
        parameters = {"table": spec.name, "key": list(spec.key)}
        if not self._value(_INDEXED, parameters):
            raise Failure(
                f"{self.file.id}: no index of {spec.name} begins with"
                f" ({', '.join(spec.key)}), so each batch would read the whole table",
                where=where,
                next="name the columns of an index, in its order",
            )
        return tuple(str(found[column][1]) for column in spec.key)

    def _position(self) -> list[str] | None:
        """Return the last key that an earlier run passed; begin where there was none.

        Raises:
            Failure: that run walked along another key.
        """
        course = ledger.course(self.connection, self.file.id)
        if course is None:
            self.session.write(ledger.begun(self.file))
            return None
        position = course.position
        before = batches.read(header.parse(course.source, self.file.id))
        if position and (before.table, before.key) != (self.spec.table, self.spec.key):
            raise Failure(
                f"{self.file.id} is applied in part, along {', '.join(before.key)} of"
                f" {before.name}, and its header names another key now",
                where=self.file.header.place("backfill"),
                next="put the key back; batch and pause may be changed",
            )
        after = ", ".join(position) if position else "the start"
        self.session.report.note(f"{self.file.id} was interrupted: on from {after}")
        return list(position) if position else None

    def _estimate(self) -> int:
        return int(self._value(_ESTIMATE, {"table": self.spec.name}) or 0)

    def _value(self, query: str, parameters: dict[str, Any]) -> Any:
        row = self.connection.execute(query.encode(), parameters).fetchone()
        return row[0] if row else None
