"""Asks the database what it accepts: each value on its own, in a table that forgets.

A probe is a temporary copy of a table with its types, generated columns and the checks
about one column. Nothing is required in it: a value is judged by its column alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

# What PostgreSQL says of a value or row that its types and checks refuse.
REFUSALS = (
    psycopg.errors.CheckViolation,
    psycopg.errors.DataError,
    psycopg.errors.NotNullViolation,
    UnicodeEncodeError,
)


@dataclass(slots=True)
class Probe:
    """Judges values of one table's columns."""

    connection: psycopg.Connection
    table: str

    def accepts(self, column: str, value: Any) -> bool:
        """Say whether the database takes *value* in *column*."""
        statement = sql.SQL("insert into {} ({}) values (%s)").format(
            sql.Identifier("pg_temp", f"probe_{self.table}"), sql.Identifier(column)
        )
        try:
            with self.connection.transaction():
                self.connection.execute(statement, [_plain(value)])
        except REFUSALS:
            return False
        except psycopg.DataError as error:  # the driver's own: NUL
            assert "NUL" in str(error), error
            return False
        return True


@contextmanager
def probes(url: str) -> Iterator[psycopg.Connection]:
    """A connection on which `probe` makes its tables; nothing of it stays."""
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()


@cache
def probe(connection: psycopg.Connection, table: str) -> Probe:
    """Make the probe of a table of schema app_data, once per connection."""
    copy = sql.Identifier(f"probe_{table}")
    source = sql.Identifier("app_data", table)
    connection.execute(
        sql.SQL(
            "create temporary table if not exists {} (like {} including constraints"
            " including generated)"
        ).format(copy, source)
    )
    of_rows = connection.execute(
        "select conname from pg_constraint where conrelid = %s::regclass"
        " and contype = 'c' and cardinality(conkey) > 1",
        (f"pg_temp.probe_{table}",),
    ).fetchall()
    for (name,) in of_rows:
        connection.execute(
            sql.SQL("alter table {} drop constraint {}").format(
                copy, sql.Identifier(name)
            )
        )
    required = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass"
        " and attnum > 0 and attnotnull",
        (f"pg_temp.probe_{table}",),
    ).fetchall()
    for (name,) in required:
        connection.execute(
            sql.SQL("alter table {} alter column {} drop not null").format(
                copy, sql.Identifier(name)
            )
        )
    return Probe(connection, table)


def _plain(value: Any) -> Any:
    """A value as the driver sends it: an enum as its text, JSON wrapped."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict | list) and not all(
        isinstance(item, str | int | dt.date) for item in value
    ):
        return Jsonb(value)
    return value
