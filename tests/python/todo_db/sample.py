"""Alice and Bob of the test database, and the settings of an app that serves them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg

from tests.python.databases import SIGNING_KEY, as_app
from todo_db import Database
from todo_models import Project, Task
from tools import migrate
from tools.paths import TESTS
from tools.server import Cluster

Door = Callable[..., Database]

ALICE: Final = UUID("a0000000-0000-7000-8000-000000000000")
BOB: Final = UUID("b0000000-0000-7000-8000-000000000000")
# What the migrations are still to bring.
_COMMANDS: Final = """
create table if not exists app.commands (
    user_id uuid not null references app.users (id) on delete cascade,
    id uuid not null,
    created_at timestamptz not null default now(),
    constraint commands_pkey primary key (user_id, id)
);
alter table app.commands owner to todo_owner;
alter table app.commands enable row level security, force row level security;
do $$
begin
    if not exists (
        select from pg_policies where schemaname = 'app' and tablename = 'commands'
    ) then
        create policy commands_insert_user on app.commands for insert to todo_user
        with check (user_id = (select app.current_user_id()));
        grant insert (user_id, id) on app.commands to todo_user;
    end if;
end
$$;
"""


def new_task(title: str, owner: UUID = ALICE, **more: Any) -> Task:
    """Return a new task of *owner*, in the inbox unless *more* says otherwise."""
    return Task(user_id=owner, title=title, **{"project_id": owner, **more})


def new_project(name: str, owner: UUID = ALICE) -> Project:
    """Return a new project of *owner*, with an id already."""
    return Project(user_id=owner, id=uuid4(), name=name)


def environment(url: str, **more: str) -> dict[str, str]:
    """Return the environment of an app that uses *url*."""
    return {
        "TODO_DATABASE_URL": url,
        "TODO_SIGNING_KEY": SIGNING_KEY,
        "TODO_SCHEMA_CHECK": "compatible",  # the tests add to the schema
        **more,
    }


def add_commands(admin_url: str) -> None:
    """Add the table of commands to a database that lacks it."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(_COMMANDS)


def fill(cluster: Cluster) -> str:
    """Migrate a database of *cluster*, with Alice and Bob; return the app's URL."""
    with ExitStack() as stack:
        server = stack.enter_context(psycopg.connect(cluster.url(), autocommit=True))
        server.execute("create database filled")
        migrate.apply(cluster.url("filled"))
        server.execute("alter role todo_app password 'only-for-tests'")
        filled = stack.enter_context(
            psycopg.connect(cluster.url("filled"), autocommit=True)
        )
        for file in sorted((TESTS / "pgtap" / "fixtures").glob("*.sql")):
            filled.execute(file.read_bytes())
    add_commands(cluster.url("filled"))
    return as_app(cluster.url("filled"))
