"""Messages of several statements: what was done before an error, and interrupts."""

from __future__ import annotations

import os
import signal
import threading

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base
from tools.migrate import wire


def test_all_statements_are_done(base: Base) -> None:
    wire.send(base.session, "create table t (id int); insert into t values (1), (2)")
    assert base.column("select id from t order by 1") == [1, 2]


@pytest.mark.parametrize(("statements", "done"), [(["x"], 0), (["select 1"] * 3, 3)])
def test_the_number_before_an_error_is_told(
    base: Base, statements: list[str], done: int
) -> None:
    text = "; ".join([*statements, "select 1/0"] if done else ["select 1/0"])
    with pytest.raises(wire.Stopped) as caught:
        wire.send(base.session, text)
    assert caught.value.done == done
    assert isinstance(caught.value.error, psycopg.errors.DivisionByZero)
    assert base.value("select 2") == 2, "the session goes on"


def test_statements_after_an_error_are_skipped(base: Base) -> None:
    with pytest.raises(wire.Stopped):
        wire.send(base.session, "begin; create table t (); select 1/0; commit")
    base.run("rollback")
    assert base.tables() == []


def test_a_place_is_counted_in_characters(base: Base) -> None:
    text = "select 'é😀';\nselect nothing"
    with pytest.raises(wire.Stopped) as caught:
        wire.send(base.session, text)
    position = int(caught.value.error.diag.statement_position or 0)
    assert text[position - 1 :] == "nothing"


def test_a_message_larger_than_every_buffer(base: Base) -> None:
    """The server talks while the message is still on its way."""
    noise = "do $$ begin for n in 1..20000 loop raise notice '%', n; end loop; end $$"
    large = f"create table t as select '{'x' * 12_000_000}' as x"
    wire.send(base.session, f"{noise}; {large}; {noise}")
    assert base.value("select length(x) from t") == 12_000_000


def test_a_lost_connection_is_told(base: Base) -> None:
    with base.other() as session:
        with pytest.raises(wire.Stopped) as caught:
            wire.send(
                session, "select 1; select pg_terminate_backend(pg_backend_pid())"
            )
        assert caught.value.done == 1
        assert session.closed


def test_an_interrupt_cancels_and_keeps_the_session(base: Base) -> None:
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        wire.send(base.session, "begin; create table t (); select pg_sleep(30); commit")
    timer.join()
    base.run("rollback")
    assert base.tables() == []
    assert base.value("select 1") == 1
