"""Waiting: for another run, and for the locks of tables that others use."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools import migrate
from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import engine
from tools.migrate.options import Options
from tools.postgres import locks
from tools.postgres.locks import LATER


class Heard(Reporter):
    """Keeps what a run says, and what it would draw on a terminal."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.draws = True
        self.notes: list[str] = []
        self.drawn: list[str] = []

    def progress(self, text: str) -> None:
        self.drawn.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)


def apply(base: Base, folder: Folder, options: Options) -> tuple[list[str], Heard]:
    """Apply *folder* and return the ids and what was said."""
    heard = Heard()
    ids = engine.apply(
        base.url, until=None, directory=folder.path, report=heard, options=options
    )
    return ids, heard


@pytest.fixture
def table(base: Base, folder: Folder) -> Folder:
    """Tables a, b, c, and a migration that wants an exclusive lock of a."""
    folder.add(
        "0001_add_a",
        "create table a (id int); create table b (id int); create table c (id int)",
    )
    base.apply(folder)
    folder.add("0002_alter_a", "alter table a add column x int")
    return folder


def test_eight_runs_at_once_apply_each_file_once(base: Base, folder: Folder) -> None:
    for number in range(1, 11):
        folder.add(f"{number:04}_add_t", f"create table t{number} (id int)")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: base.apply(folder), range(8)))
    applied = [id for ids in done for id in ids]
    assert sorted(applied) == base.marks()
    assert len(applied) == 10
    log = base.column("select operation from todo_migrations._yoyo_log")
    assert log == ["apply"] * 10


def test_the_holder_of_the_run_is_named(base: Base, table: Folder) -> None:
    with base.other(application_name="deploy 7") as other:
        other.execute("select pg_advisory_lock(%s)", [locks.KEY])
        pid = other.info.backend_pid
        with pytest.raises(Failure) as caught:
            base.apply(table, wait=300)
    assert caught.value.what.startswith(
        f"another run of migrations holds the lock: pid {pid} (deploy 7, postgres)"
    )
    assert f"pg_terminate_backend({pid})" in (caught.value.next or "")
    assert caught.value.status == LATER


def test_a_run_waits_for_another_and_says_so(base: Base, table: Folder) -> None:
    with base.other(application_name="deploy 7") as other:
        other.execute("select pg_advisory_lock(%s)", [locks.KEY])
        timer = threading.Timer(
            0.4, lambda: other.execute("select pg_advisory_unlock_all()")
        )
        timer.start()
        ids, heard = apply(base, table, Options())
        timer.join()
    assert ids == ["0002_alter_a"]
    assert "waiting for another run of migrations: pid" in heard.notes[0]
    assert "deploy 7" in heard.notes[0]


def test_nothing_pending_needs_no_lock(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "select 1")
    base.apply(folder)
    with base.other() as other:
        other.execute("select pg_advisory_lock(%s)", [locks.KEY])
        assert base.apply(folder, wait=0) == []


def test_the_lock_ends_with_its_session(base: Base, table: Folder) -> None:
    with base.other() as other:
        other.execute("select pg_advisory_lock(%s)", [locks.KEY])
        base.run(f"select pg_terminate_backend({other.info.backend_pid})")
        assert base.apply(table) == ["0002_alter_a"]


def test_waiting_is_by_polling_so_that_concurrent_indexes_finish(
    base: Base, table: Folder
) -> None:
    """A session inside pg_advisory_lock holds a snapshot that the index waits for."""
    table.add(
        "0003_index_a",
        "create index concurrently i on a (id)",
        "drop index concurrently if exists i;",
        header="-- transactional: false",
    )
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: base.apply(table, wait=20_000), range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 2]


def test_a_blocked_migration_gives_way_names_the_blocker_and_comes_back(
    base: Base, table: Folder
) -> None:
    with base.other(application_name="report") as other:
        pid = other.info.backend_pid
        other.execute("begin; select count(*) from a")
        timer = threading.Timer(1.2, lambda: other.execute("commit"))
        timer.start()
        ids, heard = apply(base, table, Options(lock_timeout=300))
        timer.join()
    assert ids == ["0002_alter_a"]
    assert len(heard.notes) >= 2
    for note in heard.notes:
        assert note.startswith("0002_alter_a gave way, next try in")
        assert f"blocked by pid {pid} (report, postgres)" in note
        assert "idle in transaction: begin; select count(*) from a" in note


def test_a_blocked_migration_gives_up_in_the_end(base: Base, table: Folder) -> None:
    with base.other(application_name="report") as other:
        other.execute("begin; select count(*) from a")
        started = time.monotonic()
        with pytest.raises(Failure) as caught:
            base.apply(table, lock_timeout=100, retry_for=1_000)
        assert time.monotonic() - started < 3
    assert "0002_alter_a could not get its locks in 1 s: blocked by pid" in (
        caught.value.what
    )
    assert caught.value.status == LATER
    assert base.marks() == ["0001_add_a"]


def test_the_limit_of_the_file_wins(base: Base, table: Folder) -> None:
    table.edit("0002_alter_a.sql", "alter", "-- lock_timeout: 50ms\nalter")
    with base.other() as other:
        other.execute("begin; select count(*) from a")
        started = time.monotonic()
        with pytest.raises(Failure, match="could not get its locks"):
            base.apply(table, lock_timeout=30_000, retry_for=0)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("one_statement", [False, True])
def test_several_waits_add_up_to_one_limit(
    base: Base, table: Folder, one_statement: bool
) -> None:
    """Each wait alone is shorter than the limit; together they are not."""
    sql = (
        "drop table a, b, c"
        if one_statement
        else "alter table a add y int; alter table b add y int; alter table c add y int"
    )
    table.add("0003_alter_all", sql)
    migrate.apply(base.url, until="0002", directory=table.path)
    with base.other() as one, base.other() as two, base.other() as three:
        for session, name in ((one, "a"), (two, "b"), (three, "c")):
            session.execute(f"begin; select count(*) from {name}".encode())
        timers = [
            threading.Timer(delay, session.execute, ["commit"])
            for delay, session in ((0.4, one), (0.8, two), (1.2, three))
        ]
        for timer in timers:
            timer.start()
        with reading(base, "a") as times:
            ids, heard = apply(base, table, Options(lock_timeout=600))
        for timer in timers:
            timer.join()
    assert ids == ["0003_alter_all"]
    assert any("gave way" in note for note in heard.notes)
    # Together 1.2 s; 0.2 s are for a busy machine.
    assert 0.3 < max(times) < 0.6 * 1.1 + 0.2


@contextmanager
def reading(base: Base, table: str) -> Iterator[list[float]]:
    """Read *table* over and over in a thread; yield the times in seconds."""
    times: list[float] = []
    stop = threading.Event()

    def read() -> None:
        with base.other() as session:
            while not stop.is_set():
                started = time.monotonic()
                with suppress(psycopg.errors.UndefinedTable):
                    session.execute(f"select count(*) from {table}".encode())
                times.append(time.monotonic() - started)
                stop.wait(0.005)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield times
    finally:
        stop.set()
        thread.join()


def test_progress_is_the_servers_own(base: Base, table: Folder) -> None:
    base.run("insert into a select generate_series(1, 1000)")
    table.add(
        "0003_index_a",
        "create index concurrently a_id_idx on a (id)",
        "drop index concurrently if exists a_id_idx;",
        header="-- transactional: false",
    )
    table.add("0004_wait_long", "select pg_sleep(1)")
    migrate.apply(base.url, until="0002", directory=table.path)
    with base.other(application_name="report") as other:
        other.execute("begin; insert into a values (0)")
        timer = threading.Timer(1.8, other.execute, ["commit"])
        timer.start()
        _, heard = apply(base, table, Options())
        timer.join()
    waiting = "s, index a_id_idx: waiting for writers before build"
    assert any(waiting in text for text in heard.drawn), heard.drawn
    assert any("0004_wait_long: 1 s" in text for text in heard.drawn)
    assert any("for a lock of pid" in note for note in heard.notes)
    assert any("(report, postgres)" in note for note in heard.notes)


def test_a_deadlock_is_tried_again(base: Base, table: Folder) -> None:
    base.run("insert into b values (1)")
    table.add("0003_alter_b", "alter table a add z int; alter table b add z int")
    migrate.apply(base.url, until="0002", directory=table.path)
    base.run("set deadlock_timeout = '100ms'")
    with base.other() as other:
        other.execute("set deadlock_timeout = '10s'")
        other.execute("begin; update b set id = 2")

        def collide() -> None:
            time.sleep(0.3)
            other.execute("select count(*) from a")
            other.execute("commit")

        thread = threading.Thread(target=collide)
        thread.start()
        ids, heard = apply(base, table, Options(lock_timeout=5_000))
        thread.join()
    assert ids == ["0003_alter_b"]
    assert any("deadlock" in note for note in heard.notes)


def test_errors_are_not_tried_again(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create sequence tries; select 1/0")
    started = time.monotonic()
    with pytest.raises(Failure, match="22012"):
        base.apply(folder)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.DeadlockDetected(),
        psycopg.errors.LockNotAvailable(),
        psycopg.errors.SerializationFailure(),
        psycopg.errors.InternalError_("tuple concurrently updated"),
    ],
)
def test_races_pass(error: Exception) -> None:
    assert locks.passing(error)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UniqueViolation(),
        psycopg.errors.InternalError_("cache lookup failed"),
        psycopg.errors.SyntaxError(),
        psycopg.OperationalError("gone"),
    ],
)
def test_other_errors_do_not_pass(error: Exception) -> None:
    assert not locks.passing(error)


@pytest.mark.parametrize("superuser", [True, False])
def test_who_cannot_migrate_does_not_keep_the_lock(
    base: Base, folder: Folder, superuser: bool
) -> None:
    """Injected SQL of the app's login can take any advisory lock, again and again."""
    name = base.session.info.dbname
    base.run("drop role if exists intruder; drop role if exists migrant")
    base.run("create role migrant login createrole createdb password 'x'")
    base.run("set role migrant; create role intruder login password 'x'; reset role")
    base.run(f"alter database {name} owner to migrant")
    url = base.url if superuser else base.url.replace("postgres@", "migrant:x@", 1)
    folder.add("0001_add_a", "create schema s; create table s.a (id int)")
    with psycopg.connect(
        base.url.replace("postgres@", "intruder:x@", 1), autocommit=True
    ) as other:
        other.execute("select pg_advisory_lock(%s)", [locks.KEY])
        started = time.monotonic()
        heard = Heard()
        ids = engine.apply(
            url, until=None, directory=folder.path, report=heard, options=Options()
        )
        assert ids == ["0001_add_a"]
        assert time.monotonic() - started < 30
        with pytest.raises(psycopg.OperationalError):
            other.execute("select 1")
    # How often it is seen, waiting or ending, depends on the machine.
    assert {note for note in heard.notes if not note.startswith("waiting for")} == {
        "ended a session of intruder, which held the lock of migrations"
    }
    members = "select count(*) from pg_auth_members where member = 'migrant'::regrole"
    inherited = f"{members} and admin_option is false"
    assert base.value(inherited) == 0
    base.run(f"alter database {name} owner to postgres")
    base.run("drop owned by migrant cascade; drop role intruder; drop role migrant")
