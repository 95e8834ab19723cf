"""What Alice's SQL may leave in a session, at random, and what Bob sees afterwards.

Bob's answers are compared as text with those on a new connection: rows, errors, every
setting, and what the server's views say that the session holds.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import select

from tests.python.security.people import ALICE, BOB
from todo_db import TodoError
from todo_models import Tag, Task, User
from tools.postgres.locks import KEY

T = TypeVar("T")

# Words for settings of type string; the others have their values in pg_settings.
_WORDS: Final[dict[str, list[str]]] = {
    "DateStyle": ["German", "SQL, DMY", "Postgres, MDY", "ISO, YMD"],
    "TimeZone": ["Asia/Tokyo", "America/New_York", "-12", "UTC+3:30"],
    "client_encoding": ["LATIN1", "SQL_ASCII", "EUC_JP", "WIN1252", "BIG5"],
    "search_path": ["app", "pg_temp", '""', "app, pg_catalog", "information_schema"],
    "default_text_search_config": ["pg_catalog.german", "pg_catalog.simple"],
    "restrict_nonsystem_relation_kind": ["view", "view, foreign-table"],
    "timezone_abbreviations": ["Australia", "India"],
    "application_name": ["mallory", "", "x" * 100],
    "lc_monetary": ["C", "POSIX"],
    "lc_numeric": ["C", "POSIX"],
    "lc_time": ["C", "POSIX"],
    "createrole_self_grant": ["set", "set, inherit"],
    "plpgsql.extra_errors": ["all", "too_many_rows", "shadowed_variables"],
    "plpgsql.extra_warnings": ["all"],
}
# A session knows the settings of plpgsql once it has run some.
LOADING: Final = b"do $$ begin end $$"
# They say what a session may not change, or nothing that a word could be made for.
_LEFT_OUT: Final = frozenset(
    {"local_preload_libraries", "default_tablespace", "temp_tablespaces"}
    | {"default_table_access_method"}
)
_HEARD: Final = "(select string_agg(title, ',') from app.tasks)"
_NAMES: Final = ["_pg3_0", "_pg3_1", "_pg3_2", "p", "todo_db_cursor", "c"]
_OTHERS: Final = [
    "declare {name} cursor with hold for select title from app.tasks",
    "declare {name} binary scroll cursor with hold for select 1",
    "prepare {name} as select title from app.tasks",
    f"prepare {{name}} as select set_config('stash.x', {_HEARD}, false)",
    "do $$ begin execute 'deallocate all'; execute"
    " 'prepare {name} as select null::uuid'; end $$",
    "do $$ begin perform set_config('role', 'none', false);"
    " perform set_config('default_transaction_read_only', 'on', false); end $$",
    f"select set_config('stash.x', {_HEARD}, false)",
    "select set_config('app.token', current_setting('app.token'), false)",
    """set request.jwt.claims = '{{"sub": "a0000000-0000-7000-8000-000000000000"}}'""",
    "create temporary table tasks (title text)",
    "select pg_advisory_lock({number})",
    "select pg_advisory_lock_shared({number})",
    f"select pg_advisory_lock({KEY})",
    "listen {name}",
    "notify {name}, 'heard'",
    "set role todo_auth",
    "set role todo_user",
    "set role none",
    "set session authorization todo_app",
    "set session characteristics as transaction isolation level serializable,"
    " read only, deferrable",
    "set transaction read only",
    "set time zone interval '-08:00' hour to minute",
    "set names 'LATIN1'",
    "select setseed(0.5)",
    "select setval('nowhere', 1)",
    "copy (select title from app.tasks) to stdout",
    "copy app.tags (user_id, id, name) from stdin",
    "select 1 / 0",
    "selec",
    "begin",
    "commit",
    "commit and chain",
    "rollback",
    "rollback and chain",
    "savepoint s",
    "prepare transaction 'x'",
    "discard all",
    "deallocate all",
    "lock table app.tasks in share mode",
    "select set_config('plan_cache_mode', 'force_generic_plan', false)",
    "select app.fold_name('  \\ Ä  ')",
    "insert into app.tasks (user_id, project_id, title, due_date)"
    " values ('{me}', '{me}', 'left', '2030-02-01')",
    "insert into app.tags (user_id, name) values ('{me}', 'Left \\ {number}')",
    "update app.tasks set status = 'done'",
    "delete from app.tags",
]
# Chosen more often: what changes how Bob's connection behaves, not what it answers.
_LIMITS: Final = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
]


class Leaver:
    """Draws statements that leave something in a session.

    Args:
        admin: a superuser's connection, which knows the settings.
        seed: draws the same again.
    """

    def __init__(self, admin: psycopg.Connection, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - to be repeated
        admin.execute(LOADING)
        self._settings = admin.execute(
            "select name, vartype, min_val, max_val, enumvals from pg_settings"
            " where context = 'user' order by name"
        ).fetchall()
        self.names = [row[0] for row in self._settings if row[0] not in _LEFT_OUT]

    def draw(self) -> list[str]:
        """Return what Alice runs in one transaction."""
        return [self._one() for _ in range(self._random.randint(1, 5))]

    def chance(self, share: float) -> bool:
        """Return True in so many cases."""
        return self._random.random() < share

    def some(self, steps: list[T]) -> list[T]:
        """Return two of *steps*."""
        return self._random.sample(steps, 2)

    def _one(self) -> str:
        if self._random.random() < 0.5:
            return self.setting(self._random.choice(self.names))
        if self._random.random() < 0.1:
            limit = self._random.choice(_LIMITS)
            return (
                f"select set_config('{limit}', '{self._random.choice([1, 5])}', false)"
            )
        names = {
            "name": self._random.choice(_NAMES),
            "number": self._random.randint(-(2**63), 2**63 - 1),
            "me": ALICE,
        }
        return self._random.choice(_OTHERS).format(**names)

    def setting(self, name: str, value: str | None = None) -> str:
        """Return a statement that gives the setting *name* a legal value."""
        word = (value or self.value(name)).replace("'", "''")
        forms = [
            "set {name} = '{word}'",
            "set session {name} = '{word}'",
            "set local {name} = '{word}'",
            "select set_config('{name}', '{word}', false)",
            "do $$ begin perform set_config('{name}', '{word}', false); end $$",
        ]
        return self._random.choice(forms).format(name=name, word=word)

    def value(self, name: str) -> str:
        """Return a legal value of the setting *name*, extremes included."""
        kind, low, high, words = next(r[1:] for r in self._settings if r[0] == name)
        if name in _WORDS:
            return self._random.choice(_WORDS[name])
        if kind == "bool":
            return self._random.choice(["on", "off"])
        if kind == "enum":
            return str(self._random.choice(words))
        if kind == "string":
            return ""
        return str(self._random.choice([low, high, max(float(low), 1.0)])).removesuffix(
            ".0"
        )


Run = Callable[[Session], Any]

_VALUES: Final = """
select cast(:word as text), timestamptz '2030-02-01 12:00:00.5+02', date '2030-02-03',
    interval '-1 day 2:03:04', 0.1::float8, 1::float8 / 3, '\\x00ff'::bytea,
    array[null, 'a b']::text[], '{null}'::text[], 12345.678::money, true,
    to_char(1234.5, 'L9G999D9'), to_tsvector('The running dogs'), 'a\\b',
    numeric '1e-20', now() at time zone 'UTC' = localtimestamp,
    jsonb '{"a": 1.50}', '12:00:00+01'::timetz, null = null
"""
_SETTINGS: Final = "select name, setting from pg_settings order by name"
_HELD: Final = [
    "select name, statement from pg_prepared_statements",
    "select name, statement from pg_cursors where is_holdable",
    "select * from pg_listening_channels()",
    "select classid, objid, mode from pg_locks"
    " where locktype = 'advisory' and pid = pg_backend_pid()",
    "select coalesce(nullif(current_setting('stash.x', true), ''), 'nothing')",
    "select coalesce(nullif(current_setting('request.jwt.claims', true), ''), 'none')",
    "select nspname from pg_namespace where oid = pg_my_temp_schema()",
]
_TASK: Final = UUID("b0000000-0000-7000-8000-00000000f00d")


def _rows(statement: str, **values: Any) -> Run:
    def run(session: Session) -> Any:
        return [tuple(row) for row in session.execute(text(statement), values)]

    return run


def _write(session: Session) -> Any:
    task = Task(user_id=BOB, id=_TASK, project_id=BOB, title="Bob's")
    task.due_date = dt.date(2030, 2, 1)
    session.add_all([task, Tag(user_id=BOB, id=_TASK, name="  A\\b  Ä ")])
    session.flush()
    session.refresh(task)
    seen = task.model_dump(exclude={"created_at", "updated_at", "position"})
    key = session.execute(
        text("select name_key from app.tags where id = :id"), {"id": _TASK}
    )
    return seen, [tuple(row) for row in key], _made(session)


def _made(session: Session) -> Any:
    """Go through the triggers and foreign keys of a task, to its end."""
    session.execute(
        text("update app.tasks set status = 'in_progress' where id = :id"),
        {"id": _TASK},
    )
    session.execute(text("select app.delete_task(:id)"), {"id": _TASK})
    gone = text(
        "select status, version, deleted_at = now() from app.tasks where id = :i"
    )
    return [tuple(row) for row in session.execute(gone, {"i": _TASK})]


def _wrong(session: Session) -> Any:
    session.add(Task(user_id=BOB, project_id=BOB, title="   "))
    session.flush()


def _read(session: Session) -> Any:
    people = session.scalars(select(User)).all()
    tasks = session.scalars(select(Task).order_by(Task.id).limit(20)).all()
    return [row.model_dump() for row in (*people, *tasks)]


def _stream(session: Session) -> Any:
    """Read by a cursor of the server, which is declared by name."""
    rows = session.scalars(select(Task.title).execution_options(yield_per=2))
    return sorted(rows)


# What each transaction of Bob's does first, so that each meets what Alice has left.
STEPS: Final[list[tuple[str, Run, bool]]] = [
    ("values", _rows(_VALUES, word="Ä€\\"), False),
    ("values read-only", _rows(_VALUES, word="Ä€\\"), True),
    ("settings", _rows(_SETTINGS), False),
    ("settings read-only", _rows(_SETTINGS), True),
    ("write", _write, False),
    ("wrong", _wrong, False),
    ("read", _read, True),
    ("stream", _stream, True),
    ("error", _rows("select 1 / 0"), False),
    ("error read-only", _rows("select 1 / 0"), True),
    ("xml", _rows("select xmlserialize(content '<a/>' as text)"), False),
    *((f"held: {each}", _rows(each), False) for each in _HELD),
]


class Stop(Exception):
    """Ends a transaction of Bob's without a trace."""


def said(error: BaseException) -> str:
    """Return *error* as its receiver sees it."""
    if isinstance(error, TodoError):
        return f"{type(error).__name__} {error.sqlstate} {error.constraint} {error}"
    return repr(error)


def differences(new: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    """Tell where the answers *found* are not those on a *new* connection."""
    for step, answer in found.items():
        if answer != new[step]:
            at = next(
                (
                    n
                    for n, (a, b) in enumerate(zip(answer, new[step], strict=False))
                    if a != b
                ),
                min(len(answer), len(new[step])),
            )
            yield (
                f"{step}: …{answer[max(0, at - 60) : at + 60]}… instead of "
                f"…{new[step][max(0, at - 60) : at + 60]}…"
            )
