"""Each way of sending a statement begins the transaction, and none outlives it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text

import todo_db
from tests.python.todo_db.sample import ALICE, MakeDatabase
from todo_db import Database, MisuseError
from todo_db._driver.connection import Connection
from todo_db._driver.pipelined_transaction import Preamble

_PREAMBLE = Preamble(
    b"begin", ((b"select set_config('role', $1, true)", (b"todo_user",)),)
)


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """A connection of the runtime, without the runtime."""
    made = Connection.connect(url, autocommit=True)
    yield made
    made.close()


def test_a_copy_opens_the_transaction(connection: Connection) -> None:
    connection.set_preamble(_PREAMBLE)
    with connection.cursor() as cursor:
        with cursor.copy("copy (select current_user::text) to stdout") as copy:
            assert b"".join(bytes(part) for part in copy) == b"todo_user\n"
    connection.commit()


def test_a_stream_opens_the_transaction(connection: Connection) -> None:
    connection.set_preamble(_PREAMBLE)
    with connection.cursor() as cursor:
        assert list(cursor.stream("select current_user::text")) == [("todo_user",)]
    connection.rollback()


def test_many_executions_open_the_transaction(connection: Connection) -> None:
    connection.set_preamble(_PREAMBLE)
    with connection.cursor() as cursor:
        cursor.executemany("select set_config('app.seen', %s, true)", [("1",), ("2",)])
        cursor.execute("select current_user::text, current_setting('app.seen')")
        assert cursor.fetchone() == ("todo_user", "2")
    connection.commit()
    assert connection.is_clean


def test_no_cursor_outlives_the_identity(connection: Connection) -> None:
    connection.set_preamble(_PREAMBLE)
    with (
        connection.cursor("kept", withhold=True) as cursor,
        pytest.raises(psycopg.NotSupportedError),
    ):
        cursor.execute("select 1")
    connection.rollback()


def test_a_transaction_is_not_opened_twice(connection: Connection) -> None:
    connection.set_preamble(_PREAMBLE)
    with pytest.raises(psycopg.InterfaceError):
        connection.set_preamble(_PREAMBLE)


def test_a_connection_that_was_changed_is_not_used_again(
    make_db: MakeDatabase, url: str
) -> None:
    db = make_db(url, TODO_POOL_SIZE="1")
    with pytest.raises(MisuseError, match="options"), db.session(ALICE) as session:
        session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
    for _ in range(2):
        with db.session(ALICE) as session:
            session.execute(text("select 1"))


def test_a_plain_statement_has_no_rights(db: Database) -> None:
    with db.session(ALICE) as session:
        session.execute(text("select 1"))
    with (
        db.engine.connect() as plain,
        pytest.raises(todo_db.TodoError, match="permission denied"),
    ):
        plain.execute(text("select * from app.tasks"))
