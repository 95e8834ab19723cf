"""Files outside of a transaction: interrupted at every place, then run again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.migrate import transaction
from tools.migrate.files import MigrationFile
from tools.migrate.session import Session
from tools.migrate.statements import Statement

OUTSIDE = "-- transactional: false"
INDEX = "create index concurrently a_id_idx on a (id)"
DROP = "drop index concurrently if exists a_id_idx;"


class Crash(BaseException):
    """The process dies here, as far as the database can see."""


@contextmanager
def crashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cut the connection when all is done and only the record is missing."""
    write = Session.write

    def cut(session: Session, *statements: str) -> None:
        if "log as (" in statements[-1]:
            session.connection.close()
            raise Crash
        write(session, *statements)

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(Session, "write", cut)
        yield


@contextmanager
def dying_at_step(
    monkeypatch: pytest.MonkeyPatch, last: int, calls: list[int]
) -> Iterator[None]:
    """Cut the connection before step *last*; *calls* gets the numbers of the steps."""
    real = transaction.step

    def step(
        session: Session, file: MigrationFile, statement: Statement, number: int
    ) -> None:
        calls.append(number)
        if number == last:
            session.connection.close()
            raise Crash
        real(session, file, statement, number)

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(transaction, "step", step)
        yield


@contextmanager
def killed_while(base: Base, ready: Callable[[], bool]) -> Iterator[None]:
    """Kill the migrating server process as soon as *ready*."""

    def kill() -> None:
        end = time.monotonic() + 10
        while not ready() and time.monotonic() < end:
            time.sleep(0.01)
        base.run(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name ~ '^todo-db migrate [(][0-9]'"
        )

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        with pytest.raises(Failure, match="connection to the server was lost"):
            yield
    finally:
        thread.join()


@pytest.fixture
def table(base: Base, folder: Folder) -> Folder:
    """A table a with rows."""
    folder.add(
        "0001_add_a",
        "create table a (id int); insert into a select generate_series(1, 1000)",
    )
    base.apply(folder)
    return folder


def indexes(base: Base) -> dict[str, bool]:
    """Return the indexes of table a, and whether each is valid."""
    return dict(
        base.session.execute(
            "select indexrelid::regclass::text, indisvalid from pg_index"
            " where indrelid = 'a'::regclass"
        ).fetchall()
    )


def waits(base: Base) -> Callable[[], bool]:
    """Return a test whether the migrating session waits for somebody's lock."""
    query = (
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock'"
        " and application_name ~ '^todo-db migrate [(][0-9]')"
    )
    return lambda: bool(base.value(query))


def test_an_index_is_built_and_taken_back(base: Base, table: Folder) -> None:
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    assert base.apply(table) == ["0002_index_a"]
    assert indexes(base) == {"a_id_idx": True}
    assert base.states()["0002_index_a"] == "applied"
    assert base.rollback(table) == ["0002_index_a"]
    assert indexes(base) == {}
    assert base.marks() == ["0001_add_a"]


def test_an_invalid_index_is_found_named_and_rebuilt(
    base: Base, table: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    with base.other() as other:
        other.execute("begin; insert into a values (0)")
        with killed_while(base, waits(base)):
            base.apply(table)
        other.execute("commit")
    assert indexes(base) == {"a_id_idx": False}
    assert base.states()["0002_index_a"] == "running"
    assert base.marks() == ["0001_add_a"]

    from tools import migrate

    assert migrate.apply(base.url, directory=table.path, quiet=False)
    said = capsys.readouterr().out
    assert "0002_index_a was interrupted: taking it up again" in said
    assert "index public.a_id_idx is not valid" in said
    assert indexes(base) == {"a_id_idx": True}
    assert base.states()["0002_index_a"] == "applied"


def test_a_crash_before_the_mark_does_not_build_twice(
    base: Base, table: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    with crashing(monkeypatch):
        base.apply(table)
    assert indexes(base) == {"a_id_idx": True}
    assert base.marks() == ["0001_add_a"]
    before = base.value("select 'a_id_idx'::regclass::oid")
    assert base.apply(table) == ["0002_index_a"]
    assert base.value("select 'a_id_idx'::regclass::oid") == before
    assert len(base.marks()) == 2


def test_a_failed_unique_index_is_rebuilt_when_the_data_are_mended(
    base: Base, table: Folder
) -> None:
    unique = INDEX.replace("create index", "create unique index")
    table.add("0002_index_a", unique, DROP, header=OUTSIDE)
    base.run("insert into a values (1)")
    with pytest.raises(Failure, match="23505") as caught:
        base.apply(table)
    assert "0002_index_a.sql:3" in (caught.value.where or "")
    assert indexes(base) == {"a_id_idx": False}
    with pytest.raises(Failure, match="23505"):
        base.apply(table)
    base.run("delete from a where id = 1")
    assert base.apply(table) == ["0002_index_a"]
    assert indexes(base) == {"a_id_idx": True}


def test_an_index_of_somebody_else_is_not_taken_for_ours(
    base: Base, table: Folder
) -> None:
    base.run("create index a_id_idx on a (id desc)")
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    for _ in range(2):
        with pytest.raises(Failure, match=r"index public\.a_id_idx already exists"):
            base.apply(table)
    assert base.marks() == ["0001_add_a"]
    assert "0002_index_a" not in base.states()


def test_a_refused_statement_is_refused_again(base: Base, table: Folder) -> None:
    """Its absence of effect must not be taken for the work of the first run."""
    table.add(
        "0002_drop_b", "drop index concurrently b_idx", "select 1", header=OUTSIDE
    )
    for _ in range(2):
        with pytest.raises(Failure, match="there is no index"):
            base.apply(table)
    assert base.marks() == ["0001_add_a"]


def test_dropping_converges_after_a_crash(
    base: Base, table: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.run("create index a_id_idx on a (id)")
    drop = "drop index concurrently a_id_idx"
    table.add("0002_drop_index", drop, INDEX + ";", header=OUTSIDE)
    with crashing(monkeypatch):
        base.apply(table)
    assert indexes(base) == {}
    assert base.apply(table) == ["0002_drop_index"]


def test_a_drop_killed_midway_converges(base: Base, table: Folder) -> None:
    base.run("create index a_id_idx on a (id)")
    drop = "drop index concurrently a_id_idx"
    table.add("0002_drop_index", drop, INDEX + ";", header=OUTSIDE)
    with base.other() as other:
        other.execute("begin isolation level repeatable read; select count(*) from a")
        with killed_while(base, waits(base)):
            base.apply(table)
        other.execute("commit")
    assert base.apply(table) == ["0002_drop_index"]
    assert indexes(base) == {}


def test_leftovers_of_a_reindex_are_dropped(base: Base, table: Folder) -> None:
    base.run("create index a_id_idx on a (id)")
    sql = "reindex index concurrently a_id_idx"
    table.add("0002_rebuild_index", sql, "select 1", header=OUTSIDE)
    with base.other() as other:
        other.execute("begin; insert into a values (0)")
        with killed_while(base, waits(base)):
            base.apply(table)
        other.execute("commit")
    assert indexes(base) == {"a_id_idx": True, "a_id_idx_ccnew": False}
    assert base.apply(table) == ["0002_rebuild_index"]
    assert indexes(base) == {"a_id_idx": True}


@pytest.fixture
def parts(base: Base, folder: Folder) -> Folder:
    """A partitioned table p with a partition q, and a file that detaches it."""
    folder.add(
        "0001_add_p",
        "create table p (id int) partition by range (id);"
        "create table q partition of p for values from (0) to (10)",
    )
    base.apply(folder)
    sql = "alter table p detach partition q concurrently"
    folder.add("0002_detach_q", sql, "select 1", header=OUTSIDE)
    return folder


def test_a_detaching_killed_midway_is_finished(base: Base, parts: Folder) -> None:
    with base.other() as other:
        other.execute("begin; select count(*) from p")
        with killed_while(base, waits(base)):
            base.apply(parts)
        other.execute("commit")
    assert base.value("select inhdetachpending from pg_inherits")
    assert base.apply(parts) == ["0002_detach_q"]
    assert base.value("select count(*) from pg_inherits") == 0


def test_a_detaching_that_was_done_is_only_recorded(
    base: Base, parts: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with crashing(monkeypatch):
        base.apply(parts)
    assert base.apply(parts) == ["0002_detach_q"]


def test_what_is_no_partition_is_refused(base: Base, parts: Folder) -> None:
    base.run("alter table p detach partition q")
    for _ in range(2):
        with pytest.raises(Failure, match='"q" is no partition of "p"'):
            base.apply(parts)


STEPS = "create table s1 ();\ncreate table s2 ();\ncreate table s3 ()"


def test_steps_are_done_one_by_one_and_only_once(
    base: Base, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("0001_add_s", STEPS, header=OUTSIDE)
    calls: list[int] = []
    with dying_at_step(monkeypatch, 2, calls):
        base.apply(folder)
    assert base.tables() == ["public.s1"]
    assert base.apply(folder) == ["0001_add_s"]
    assert base.tables() == ["public.s1", "public.s2", "public.s3"]
    assert calls == [1, 2]


def test_a_failed_step_keeps_what_is_done_and_may_be_corrected(
    base: Base, folder: Folder
) -> None:
    folder.add(
        "0001_add_s",
        "create table s1 ();\ncreate table s2 (x nothing)",
        "drop table if exists s2; drop table if exists s1;",
        header=OUTSIDE,
    )
    with pytest.raises(Failure) as caught:
        base.apply(folder)
    assert "0001_add_s.sql:3" in (caught.value.where or "")
    assert "1 of 2 statements" in caught.value.what
    assert base.tables() == ["public.s1"]

    folder.edit("0001_add_s.sql", "-- transactional: false\n", "")
    with pytest.raises(Failure, match="statement by statement, and its header says"):
        base.apply(folder)
    folder.edit("0001_add_s.sql", "create table s1", f"{OUTSIDE}\ncreate table s1")
    folder.edit("0001_add_s.sql", "table s1", "table  s1")
    with pytest.raises(Failure, match="one of its first 1 statements"):
        base.apply(folder)
    folder.edit("0001_add_s.sql", "table  s1", "table s1")
    folder.edit("0001_add_s.sql", "(x nothing)", "()")
    assert base.apply(folder) == ["0001_add_s"]
    assert base.tables() == ["public.s1", "public.s2"]
    assert base.apply(folder) == []


def test_a_half_applied_file_can_be_taken_back(base: Base, folder: Folder) -> None:
    folder.add(
        "0001_add_s",
        "create table s1 ();\ncreate table s2 (x nothing)",
        "drop table if exists s2; drop table if exists s1;",
        header=OUTSIDE,
    )
    with pytest.raises(Failure):
        base.apply(folder)
    assert base.rollback(folder) == ["0001_add_s"]
    assert base.tables() == []
    assert base.states() == {}


def test_nothing_is_taken_back_by_itself(base: Base, folder: Folder) -> None:
    """yoyo runs the rollback of the statements that succeeded, and loses the data."""
    folder.add("0001_add_k", "create table k as select 1 as id")
    base.apply(folder)
    folder.add(
        "0002_change_k",
        "insert into k values (2);\nselect 1/0",
        "truncate k;\nselect 1;",
        header=OUTSIDE,
    )
    with pytest.raises(Failure, match="22012"):
        base.apply(folder)
    assert base.column("select id from k order by 1") == [1, 2]


def test_a_half_applied_file_that_is_gone_is_refused(
    base: Base, folder: Folder
) -> None:
    folder.add("0001_add_a", "select 1")
    folder.add("0002_add_s", "create table s1 (); select 1/0", header=OUTSIDE)
    with pytest.raises(Failure):
        base.apply(folder)
    for path in folder.path.glob("0002*"):
        path.unlink()
    with pytest.raises(Failure) as caught:
        base.apply(folder)
    assert (
        caught.value.what == "0002_add_s has been applied in part and its file is gone"
    )


def test_a_rollback_killed_midway_goes_on(
    base: Base, table: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    base.apply(table)
    with crashing(monkeypatch):
        base.rollback(table)
    assert indexes(base) == {}
    assert base.states()["0002_index_a"] == "undoing"
    assert base.marks() == ["0001_add_a"]
    assert base.rollback(table) == ["0002_index_a"]
    assert base.states() == {"0001_add_a": "applied"}


def test_a_step_of_a_rollback_is_done_once(
    base: Base, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only DROP can say IF EXISTS; a second `set x = x - 1` would do harm."""
    folder.add("0001_add_n", "create table n as select 5 as x")
    folder.add(
        "0002_raise_n",
        "update n set x = x + 1; update n set x = x + 10",
        "update n set x = x - 10; update n set x = x - 1;",
        header=OUTSIDE,
    )
    base.apply(folder)
    assert base.value("select x from n") == 16
    with dying_at_step(monkeypatch, 2, []):
        base.rollback(folder)
    assert base.value("select x from n") == 6
    folder.edit("0002_raise_n.rollback.sql", "x - 10", "x - 9")
    with pytest.raises(Failure, match="one of its first 1 statements"):
        base.rollback(folder)
    folder.edit("0002_raise_n.rollback.sql", "x - 9", "x - 10")
    assert base.rollback(folder) == ["0002_raise_n"]
    assert base.value("select x from n") == 5


def test_apply_after_a_rollback_killed_midway_converges(
    base: Base, table: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    base.apply(table)
    with crashing(monkeypatch):
        base.rollback(table)
    assert base.apply(table) == ["0002_index_a"]
    assert indexes(base) == {"a_id_idx": True}
    assert base.states()["0002_index_a"] == "applied"


def test_a_concurrent_build_waits_for_old_transactions_without_limit(
    base: Base, table: Folder
) -> None:
    """A limit would break a long build at its end, and protects no traffic."""
    table.add("0002_index_a", INDEX, DROP, header=OUTSIDE)
    with base.other() as other:
        other.execute("begin; insert into a values (0)")
        timer = threading.Timer(0.6, other.execute, ["commit"])
        timer.start()
        assert base.apply(table, lock_timeout=100) == ["0002_index_a"]
        timer.join()
