"""Every table, every command, everybody: read from the catalogue, run as todo_app.

Owner, stranger (a person who reaches for another's rows) and nobody (no token).
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from tests.python.security.people import ALICE, BOB, Acting
from tests.python.security.samples import ALLOWED, CHANGE, row

# Refused: not granted or against a policy; or what no view takes: TRUNCATE, COPY by
# name and, before PostgreSQL 17, MERGE.
REFUSED: Final = {"42501", "0A000", "42809"}
MERGES_INTO_VIEWS: Final = 170_000

COMMANDS: Final = {
    "select": ("select", "select {columns} from {table} where {mine}"),
    "for update": ("update", "select 1 from {table} where {mine} for update"),
    "update": ("update", "update {table} set {change} where {mine}"),
    "delete": ("delete", "delete from {table} where {mine}"),
    "insert": ("insert", "insert into {table} ({names}) values ({values})"),
    "insert or nothing": (
        "insert",
        "insert into {table} ({names}) values ({values}) on conflict do nothing",
    ),
    "merge update": (
        "update",
        "merge into {table} as t using (select 1) as s on {mine}"
        " when matched then update set {change}",
    ),
    "merge delete": (
        "delete",
        "merge into {table} as t using (select 1) as s on {mine}"
        " when matched then delete",
    ),
    "merge insert": (
        "insert",
        "merge into {table} as t using (select 1) as s on false"
        " when not matched then insert ({names}) values ({values})",
    ),
    "update in a query": (
        "update",
        "with w as (update {table} set {change} where {mine} returning 1)"
        " select * from w",
    ),
    "delete in a query": (
        "delete",
        "with w as (delete from {table} where {mine} returning 1) select * from w",
    ),
    "truncate": ("never", "truncate {table}"),
    "read through a query text": (
        "select",
        "select * from ts_stat("
        "'select to_tsvector({columns}::text) from {table} where {mine}')",
    ),
}


def relations(connection: psycopg.Connection, schema: str, kinds: str) -> list[str]:
    found = connection.execute(
        "select c.relname from pg_class as c"
        " where c.relnamespace = %s::regnamespace and c.relkind = any(%s::char[])"
        " order by 1",
        (schema, list(kinds)),
    ).fetchall()
    return [name for (name,) in found]


def test_every_table_has_a_row_in_the_matrix(shared_database: str) -> None:
    with psycopg.connect(shared_database) as connection:
        assert set(ALLOWED) == set(CHANGE)
        assert relations(connection, "app", "rpvmf") == sorted(ALLOWED)
        assert relations(connection, "app", "v") == sorted(ALLOWED)
        assert relations(connection, "app_data", "rpvmf") == sorted(ALLOWED)


@pytest.mark.parametrize("who", [ALICE, None], ids=["owner", "nobody"])
@pytest.mark.parametrize("table", sorted(ALLOWED))
def test_no_table_can_be_named(acting: Acting, table: str, who: UUID | None) -> None:
    """The columns are granted, for the views; the schema is not."""
    with acting(who) as connection:
        for _, text in COMMANDS.values():
            command = statement(connection, text, table, ALICE, "app_data")
            assert attempt(connection, command) == "42501"


def statement(
    connection: psycopg.Connection,
    text: str,
    table: str,
    space: UUID,
    schema: str = "app",
) -> sql.Composed:
    """Fill a command for *table*, aimed at the rows of *space*."""
    values = row(table, space)
    key = "id" if table == "users" else "user_id"
    return sql.SQL(text).format(
        table=sql.SQL(f"{schema}.{table}"),
        # A literal inside a literal has its quotes doubled.
        mine=sql.SQL(
            f"{key} = ''{space}''" if "ts_stat" in text else f"{key} = '{space}'"
        ),
        columns=sql.SQL(key),
        change=sql.SQL(CHANGE[table]),
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Literal, values.values())),
    )


def attempt(connection: psycopg.Connection, command: sql.Composed) -> int | str:
    """Run *command* in a savepoint: rows that it gave or touched, or its SQLSTATE."""
    try:
        with connection.transaction():
            cursor = connection.execute(command)
            return len(cursor.fetchall()) if cursor.description else cursor.rowcount
    except psycopg.Error as error:
        return error.sqlstate or "lost"


@pytest.mark.parametrize("table", sorted(ALLOWED))
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_owner(acting: Acting, table: str, name: str) -> None:
    kind, text = COMMANDS[name]
    if kind == "delete" and table in ("tasks", "projects"):
        # For ever only from the trash, and the inbox never gets there.
        text = text.replace("{mine}", "{mine} and deleted_at is not null")
    with acting(ALICE) as connection:
        if kind == "delete" and table == "projects":
            connection.execute("select app.delete_project(%s)", (of_home(),))
        result = attempt(connection, statement(connection, text, table, ALICE))
        version = connection.info.server_version
    if name.startswith("merge") and version < MERGES_INTO_VIEWS:
        assert result == "0A000"
    elif kind in ALLOWED[table]:
        assert isinstance(result, int)
        assert result > 0
    else:
        assert result in REFUSED


def of_home() -> str:
    return "a0000000-0000-7000-8000-100000000000"


@pytest.mark.parametrize("who", [ALICE, None], ids=["stranger", "nobody"])
@pytest.mark.parametrize("table", sorted(ALLOWED))
def test_others(
    acting: Acting, shared_database: str, table: str, who: UUID | None
) -> None:
    """No command reads or changes a row of Bob's, with any result that tells of it."""
    with psycopg.connect(shared_database, autocommit=True) as superuser:
        before = digest(superuser, table)
        with acting(who) as connection:
            for name, (kind, text) in COMMANDS.items():
                result = attempt(connection, statement(connection, text, table, BOB))
                allowed = {0, *REFUSED} if kind != "insert" else REFUSED
                assert result in allowed, f"{name} on {table}: {result}"
        assert digest(superuser, table) == before


def digest(superuser: psycopg.Connection, table: str) -> str:
    found = superuser.execute(
        sql.SQL(
            "select md5(string_agg(t::text, '|' order by t::text)) from {} t"
        ).format(sql.Identifier("app_data", table))
    ).fetchone()
    assert found is not None
    return str(found[0])


@pytest.mark.parametrize(
    "table", sorted(t for t in ALLOWED if ALLOWED[t] >= {"insert", "update"})
)
def test_taking_over_by_conflict(acting: Acting, table: str) -> None:
    """ON CONFLICT DO UPDATE against a key of Bob's never reaches his row."""
    with acting(ALICE) as connection:
        stolen = row(table, ALICE)
        stolen["id"] = UUID("b0000000-0000-7000-8000-300000000000")
        command = sql.SQL(
            "insert into app.{} ({}) values ({}) on conflict (user_id, id)"
            " do update set {} returning user_id"
        ).format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, stolen)),
            sql.SQL(", ").join(map(sql.Literal, stolen.values())),
            sql.SQL(CHANGE[table]),
        )
        assert connection.execute(command).fetchall() == [(ALICE,)]


@pytest.mark.parametrize("table", sorted(ALLOWED))
def test_copy(acting: Acting, table: str) -> None:
    """COPY of a query is filtered like it; no view is copied, and no table is named."""
    key = "id" if table == "users" else "user_id"
    with acting(ALICE) as connection:
        rows = copied(connection, f"copy (select {key} from app.{table}) to stdout")
        assert rows == {str(ALICE)}
        assert "select" in ALLOWED[table]
        assert copied(connection, f"copy app.{table} ({key}) to stdout") == "42809"
        assert copied(connection, f"copy app_data.{table} ({key}) to stdout") == "42501"
        for schema in ("app", "app_data"):
            with (
                pytest.raises(psycopg.Error) as refused,
                connection.transaction(),
                connection.cursor().copy(
                    f"copy {schema}.{table} ({key}) from stdin"
                ) as sink,
            ):
                sink.write_row((BOB,))
            assert refused.value.sqlstate in REFUSED


def copied(connection: psycopg.Connection, text: str) -> set[str] | str:
    """Give the first column of what COPY TO sends, or its SQLSTATE."""
    try:
        with (
            connection.transaction(),
            connection.cursor().copy(text.encode()) as rows,
        ):
            return {line[0] for line in rows.rows()}
    except psycopg.Error as error:
        return error.sqlstate or "lost"
