"""Shows what the database does for a query of the mix: `make explain q=overdue`.

It asks as the app's role, with a token, on the database of .env and DATABASE_URL, in a
transaction that is undone.
"""

from __future__ import annotations

import os
from datetime import date
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from todo_db import SettingsError
from todo_db._driver.preamble import PreambleBuilder
from todo_db.settings import Settings
from tools.bench.loading import OURS
from tools.bench.systems import bound, parts
from tools.console import Failure, say
from tools.credentials import read_env
from tools.postgres.server import admin_url
from tools.postgres.target import libpq_url
from tools.project import ENV_FILE


def show(name: str, user: str | None = None, word: str = "a") -> None:
    """Print the plan of a query of the mix.

    Args:
        name: of the query, as in tools/bench/sql/todo_db.sql.
        user: whose space; by default the one with the most tasks.
        word: what a search looks for.

    Raises:
        Failure: there is no such query or nobody, or the app's login is not set up.
    """
    text = parts(OURS).query(name)
    values = _values(admin_url(), user) | {"word": word, "today": date.today()}
    try:
        settings = Settings.from_env(read_env(ENV_FILE) | dict(os.environ))
    except SettingsError as error:
        raise Failure(str(error), next="make migrate, or make credentials") from error
    query = bound(text, values)
    say(query.as_string(None))
    user_id = values["user_id"]
    assert isinstance(user_id, UUID)  # noqa: S101 - the column's type
    with psycopg.connect(make_conninfo(**settings.address.parameters)) as connection:
        preamble = PreambleBuilder(settings).for_user(user_id, _now(connection))
        for statement, parameters in preamble.statements:
            connection.pgconn.exec_params(statement, list(parameters))
        rows = connection.execute(sql.SQL("explain (analyze, buffers) ") + query)
        for (line,) in rows.fetchall():
            say(line)
        connection.rollback()


def _values(url: str, user: str | None) -> dict[str, object]:
    """Find a person, their fullest project, newest task and two tags."""
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute(_SUBJECT, {"user": user}).fetchone()
    if row is None:
        raise Failure(
            "there is nobody with a task" if user is None else f"{user} has no task",
            next="make tour makes some; user=… names whose",
        )
    names = ("user_id", "project_id", "task_id", "tag_id", "other_tag_id")
    return dict(zip(names, row, strict=True))


def _now(connection: psycopg.Connection) -> float:
    row = connection.execute("select extract(epoch from now())::float8").fetchone()
    return float(row[0]) if row else 0.0


_SUBJECT = """
with fullest as (
    select user_id, project_id, max(id::text)::uuid as task_id from app.tasks
    where user_id = %(user)s::uuid or %(user)s::uuid is null
    group by user_id, project_id order by count(*) desc limit 1
)
select
    f.user_id, f.project_id, f.task_id,
    (select g.id from app.tags as g where g.user_id = f.user_id order by id limit 1),
    (
        select g.id from app.tags as g
        where g.user_id = f.user_id order by id desc limit 1
    )
from fullest as f
"""
