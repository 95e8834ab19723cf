"""Nothing of Alice's session is there when Bob's transaction begins on her connection.

TODO_TEST_SESSIONS sets how many of Alice's transactions are drawn for each way to the
server (default 40), TODO_TEST_SEED which; the seed is printed. From 400 on, the long
form, each statement by name meets all of Bob's steps.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.python.databases import as_app, copied
from tests.python.security.leftovers import (
    LOADING,
    STEPS,
    Leaver,
    Run,
    Stop,
    differences,
    said,
)
from tests.python.security.people import ALICE, BOB
from tests.python.todo_db.pooler import pooling
from tests.python.todo_db.sample import environment
from todo_db import Database, MisuseError, TodoError
from todo_db._driver import connector, pipelined_transaction, preamble
from todo_db.settings import Settings
from tools.postgres.server import Cluster

_ROUNDS: Final = int(os.environ.get("TODO_TEST_SESSIONS", "40"))
_SEED: Final = int(os.environ.get("TODO_TEST_SEED", "0")) or random.randrange(2**32)  # noqa: S311
_LONG: Final = _ROUNDS >= 400
# What Alice meets by her own doing; a word that her encoding does not have among it.
_ALICES: Final = (TodoError, psycopg.Error, UnicodeError, Stop)
_ONE: Final = {"TODO_POOL_SIZE": "1", "TODO_RETRY_BUDGET": "10"}


@pytest.fixture(scope="module")
def letterbox(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a database for these tests."""
    with copied(cluster, template) as url:
        yield url


@pytest.fixture(scope="module")
def url(letterbox: str) -> str:
    """The app's address of it."""
    return as_app(letterbox)


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    """A database with one connection."""
    database = Database.from_env(environment(url, **_ONE))
    yield database
    database.close()


@pytest.fixture
def leaver(letterbox: str) -> Leaver:
    """Draws what Alice runs."""
    print(f"TODO_TEST_SEED={_SEED} TODO_TEST_SESSIONS={_ROUNDS}")
    with psycopg.connect(letterbox) as admin:
        return Leaver(admin, _SEED)


def _run(db: Database, step: Run, read_only: bool) -> str:
    """Return what Bob gets for *step*, in a transaction that leaves no trace."""
    answer = ""
    try:
        with db.session(BOB, read_only=read_only) as session:
            answer = repr(step(session))
            raise Stop
    except Stop:
        return answer
    except (TodoError, psycopg.Error) as error:
        return said(error)


def _leave(db: Database, statements: list[str], *, commit: bool) -> None:
    """Let Alice run *statements* in one transaction."""
    with suppress(*_ALICES), db.session(ALICE) as session:
        _perform(session, statements)
        if not commit:
            raise Stop


def _perform(session: Session, statements: list[str]) -> None:
    for statement in statements:
        session.connection().exec_driver_sql(statement.replace("%", "%%"))


def _baseline(url: str) -> dict[str, str]:
    """Return Bob's answers, each on a new connection."""
    found = {}
    for name, step, read_only in STEPS:
        database = Database.from_env(environment(url, **_ONE))
        found[name] = _run(database, step, read_only)
        database.close()
    return found


def _finds(
    alice: Database, bob: Database, leaver: Leaver, new: dict[str, str], rounds: int
) -> Iterator[str]:
    """Tell what Bob sees of Alice's sessions, *new* being what he should see."""
    for _ in range(rounds):
        statements = leaver.draw()
        for name, step, read_only in leaver.some(STEPS):
            _leave(alice, statements, commit=leaver.chance(0.7))
            found = _run(bob, step, read_only)
            for each in differences(new, {name: found}):
                yield f"{statements}\n    {each}"


def test_a_statement_of_bobs_cannot_be_replaced(db: Database) -> None:
    """Alice prepares, under each name that is used, what tells her of Bob."""
    for _ in range(10):
        with db.session(BOB) as session:
            mine = session.execute(text("select title from app.tasks")).all()
    replace = """do $$
    declare
        v_name text;
    begin
        for v_name in select name from pg_catalog.pg_prepared_statements loop
            execute format('deallocate %I', v_name);
            execute format('prepare %I as select title from app.tasks where
                set_config(''stash.x'', (select string_agg(title, '','')
                from app.tasks), false) is not null', v_name);
        end loop;
    end
    $$"""
    with db.session(ALICE) as session:
        names = session.execute(text("select name from pg_prepared_statements")).all()
        _perform(session, [replace])
    assert names == []
    with db.session(BOB) as session:
        assert session.execute(text("select title from app.tasks")).all() == mine
    with db.session(ALICE) as session:
        stash = text("select coalesce(current_setting('stash.x', true), '')")
        assert session.execute(stash).scalar_one() == ""


@pytest.mark.parametrize(
    "statement",
    [
        "set default_transaction_read_only = on",
        "set default_transaction_isolation = serializable",
        "set session characteristics as transaction read only, deferrable",
        "set statement_timeout = 1",
        "set idle_in_transaction_session_timeout = 1",
        "set idle_session_timeout = 1",
        "set client_encoding = latin1",
        "set datestyle = german",
        "set intervalstyle = iso_8601",
        "set timezone = 'Asia/Tokyo'",
        "set bytea_output = escape",
        "set extra_float_digits = -15",
        "set row_security = off",
        "set role todo_auth",
        "set standard_conforming_strings = off",
        "declare c cursor with hold for select title from app.tasks",
        "prepare p as select title from app.tasks",
        "select pg_advisory_lock(1)",
        "listen x",
        "copy (select title from app.tasks) to stdout",
        "copy app.tags (user_id, id, name) from stdin",
        "begin",
        "commit and chain",
    ],
)
def test_bob_does_not_notice(db: Database, url: str, statement: str) -> None:
    new = _baseline_of(url)
    steps = STEPS if _LONG else random.Random(f"{_SEED} {statement}").sample(STEPS, 6)  # noqa: S311
    print(f"TODO_TEST_SEED={_SEED}")
    for name, step, read_only in steps:
        _leave(db, [statement], commit=True)
        found = {name: _run(db, step, read_only)}
        assert list(differences(new, found)) == []


_NEW: dict[str, dict[str, str]] = {}


def _baseline_of(url: str) -> dict[str, str]:
    if url not in _NEW:
        _NEW[url] = _baseline(url)
    return _NEW[url]


def test_whatever_alice_leaves(db: Database, url: str, leaver: Leaver) -> None:
    assert list(_finds(db, db, leaver, _baseline_of(url), _ROUNDS)) == []


async def test_whatever_alice_leaves_asyncio(url: str, leaver: Leaver) -> None:
    new, finds = _baseline_of(url), []
    db = Database.from_env(environment(url, **_ONE))
    for _ in range(_ROUNDS):
        statements = leaver.draw()
        for name, step, read_only in leaver.some(STEPS):
            commit = leaver.chance(0.7)
            with suppress(*_ALICES):
                async with db.async_session(ALICE) as session:
                    await session.run_sync(_perform, statements)
                    if not commit:
                        raise Stop
            found = await _run_async(db, step, read_only)
            finds += [(statements, each) for each in differences(new, {name: found})]
    await db.aclose()
    assert finds == []


async def _run_async(db: Database, step: Run, read_only: bool) -> str:
    answer = ""
    try:
        async with db.async_session(BOB, read_only=read_only) as session:
            answer = repr(await session.run_sync(step))
            raise Stop
    except Stop:
        return answer
    except (TodoError, psycopg.Error) as error:
        return said(error)


def test_whatever_alice_leaves_in_a_pooler(
    cluster: Cluster, url: str, leaver: Leaver
) -> None:
    """Two people with a pool each, and one connection to the server."""
    with pooling(cluster, servers=1) as pooler:
        pooled = pooler.url(url)
        new = _baseline(pooled)
        databases = [Database.from_env(environment(pooled, **_ONE)) for _ in range(2)]
        finds = list(_finds(databases[0], databases[1], leaver, new, _ROUNDS))
        for database in databases:
            database.close()
    assert finds == []


def _without(statement: bytes) -> Callable[[pytest.MonkeyPatch], None]:
    def put_in(patch: pytest.MonkeyPatch) -> None:
        for name in ("_RESETS", "_UNLISTEN"):
            kept = tuple(
                e for e in getattr(pipelined_transaction, name) if e[0] != statement
            )
            patch.setattr(pipelined_transaction, name, kept)

    return put_in


def _without_unlocking(patch: pytest.MonkeyPatch) -> None:
    become = preamble._BECOME.replace(b"pg_catalog.pg_advisory_unlock_all()", b"null")
    patch.setattr(preamble, "_BECOME", become)


def _with_names(patch: pytest.MonkeyPatch) -> None:
    """Prepare by name, as psycopg does by itself."""
    made = connector.Connector.__init__

    def init(self: connector.Connector, settings: Settings) -> None:
        made(self, settings)
        self._parameters["prepare_threshold"] = 0

    patch.setattr(connector.Connector, "__init__", init)


# What is taken away from the opening, and what of Alice's is then there for Bob.
FAULTS: Final = {
    "no reset all": (_without(b"reset all"), "set stash.x = 'y'"),
    "no deallocate": (_without(b"deallocate all"), "prepare p as select 1"),
    "no close": (_without(b"close all"), "declare c cursor with hold for select 1"),
    "no unlisten": (_without(b"unlisten *"), "listen x"),
    "no unlock": (_without_unlocking, "select pg_advisory_lock(1)"),
    "named statements": (_with_names, "deallocate all"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_faults_are_found(
    url: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = _baseline_of(url)
    put_in, statement = FAULTS[fault]
    put_in(monkeypatch)
    db = Database.from_env(environment(url, **_ONE))
    found = next(_finds_of(db, statement, new), None)
    db.close()
    assert found is not None


def test_what_the_faults_let_through_is_drawn(leaver: Leaver) -> None:
    drawn = [word for _ in range(400) for word in leaver.draw()]
    for _, statement in FAULTS.values():
        begins = " ".join(statement.split()[:2]).partition("(")[0]
        wanted = {"declare c": "with hold", "set stash.x": "'stash.x'"}
        assert any(wanted.get(begins, begins.split()[0]) in word for word in drawn)


def _finds_of(db: Database, statement: str, new: dict[str, str]) -> Iterator[str]:
    """Tell what Bob sees of one *statement*, whatever he does first."""
    for name, step, read_only in STEPS:
        _leave(db, [statement], commit=True)
        yield from differences(new, {name: _run(db, step, read_only)})


@pytest.mark.parametrize(
    "limit", ["statement_timeout", "transaction_timeout", "idle_session_timeout"]
)
def test_a_connection_that_cannot_be_reset_is_exchanged(
    db: Database, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Alice has left ends the reset: its second statement is slower than that.

    A connection that ends while it is idle may do so after the pool has looked.
    """
    slow = (b"select pg_catalog.pg_sleep(0.1)", ())
    with db.session(ALICE) as session:
        known = text("select count(*) from pg_settings where name = :limit")
        if not session.execute(known, {"limit": limit}).scalar_one():
            pytest.skip("this server has no such limit")
    with db.session(ALICE) as session:
        _perform(session, [f"set {limit} = '50ms'"])
        alices = session.execute(text("select pg_backend_pid()")).scalar_one()
    time.sleep(0.1)
    monkeypatch.setattr(
        pipelined_transaction.PipelinedTransaction, "is_disconnected", lambda _: False
    )
    begin, *rest = pipelined_transaction._RESETS
    monkeypatch.setattr(pipelined_transaction, "_RESETS", (begin, slow, *rest))
    with db.session(BOB) as session:
        mine = text("select pg_backend_pid(), current_setting(:limit)")
        bobs, value = session.execute(mine, {"limit": limit}).one()
    assert bobs != alices
    assert value in ("0", "15s")


def test_what_the_login_sets_for_itself_changes_no_answer(
    letterbox: str, url: str, leaver: Leaver
) -> None:
    """After `set role none` any SQL may run `alter role todo_app set …`."""
    new = _baseline_of(url)
    asked = [step for step in STEPS if "settings" not in step[0]]
    names = [n for n in leaver.names if n not in _LOCKING and not n.startswith("tra")]
    database = psycopg.conninfo.conninfo_to_dict(letterbox)["dbname"]
    for name in random.Random(_SEED).sample(names, min(_ROUNDS // 4, len(names))):  # noqa: S311
        value = leaver.value(name).replace("'", "''")
        with psycopg.connect(url, autocommit=True) as attacker:
            attacker.execute(LOADING)
            alter = f"alter role todo_app in database {database}"
            attacker.execute(f"{alter} set {name} = '{value}'".encode())
        try:
            for step, run, read_only in leaver.some(asked):
                db = Database.from_env(environment(url, **_ONE))
                found = {step: _run(db, run, read_only)}
                db.close()
                assert list(differences(new, found)) == [], f"{name} = {value}"
        finally:
            with psycopg.connect(letterbox, autocommit=True) as admin:
                admin.execute(
                    f"alter role todo_app in database {database} reset all".encode()
                )


# The planner fails with such costs; the others change how the catalogue is printed.
_FIRST: Final = {
    "seq_page_cost": "1.79769e+308",
    "random_page_cost": "1.79769e+308",
    "cpu_tuple_cost": "1.79769e+308",
    "cpu_index_tuple_cost": "1.79769e+308",
    "cpu_operator_cost": "1.79769e+308",
    "parallel_setup_cost": "1.79769e+308",
    "parallel_tuple_cost": "1.79769e+308",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "timezone": "Asia/Tokyo",
    "datestyle": "German",
}


def test_what_the_login_sets_keeps_no_process_from_starting(
    letterbox: str, url: str
) -> None:
    """A first connection compares the schema with the models."""
    new = _baseline_of(url)
    with psycopg.connect(url, autocommit=True) as attacker:
        alter = f"alter role todo_app in database {attacker.info.dbname}"
        for name, value in _FIRST.items():
            attacker.execute(f"{alter} set {name} = '{value}'".encode())
        try:
            for step, run, read_only in STEPS:
                if step in ("values", "read", "write"):
                    db = Database.from_env(environment(url, **_ONE))
                    found = {step: _run(db, run, read_only)}
                    db.close()
                    assert list(differences(new, found)) == []
        finally:
            attacker.execute(f"{alter} reset all".encode())


# With a millisecond of it nobody gets in at all; `ready()` says so.
_LOCKING: Final = frozenset({"statement_timeout", "idle_session_timeout"})


def test_a_copy_that_is_no_query_keeps_no_place(db: Database) -> None:
    for _ in range(3):
        with pytest.raises(MisuseError, match="COPY"), db.session(ALICE) as session:
            session.execute(text("copy (select title from app.tasks) to stdout"))
        assert db.live().pools["sync"].in_use == 0
        with db.session(BOB) as session:
            assert session.execute(text("select 1")).scalar_one() == 1


async def test_a_copy_that_is_no_query_keeps_no_place_asyncio(url: str) -> None:
    db = Database.from_env(environment(url, **_ONE))
    for _ in range(3):
        with pytest.raises(MisuseError, match="COPY"):
            async with db.async_session(ALICE) as session:
                copy = text("copy (select title from app.tasks) to stdout")
                await (await session.connection()).execute(copy)
        async with db.async_session(BOB) as session:
            connection = await session.connection()
            assert (await connection.execute(text("select 1"))).scalar_one() == 1
    await db.aclose()


def test_no_function_reads_otherwise_in_another_session(letterbox: str) -> None:
    """A function is read once a session, with the settings of who calls it first.

    With standard_conforming_strings off a backslash in it would mean something else,
    and for all who come later. What setseed() leaves must not matter either.
    """
    with psycopg.connect(letterbox) as admin:
        found = admin.execute(
            "select p.oid::regprocedure::text from pg_proc as p"
            " where p.pronamespace::regnamespace::text like 'app%'"
            " and p.prosqlbody is null"
            r" and p.prosrc ~ '\\|\mrandom *\('"
        ).fetchall()
    assert found == []
