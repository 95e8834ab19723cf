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
from tools.postgres import databases
from tools.postgres.server import Cluster
from tools.project import TESTS

MakeDatabase = Callable[..., Database]

ALICE: Final = UUID("a0000000-0000-7000-8000-000000000000")
BOB: Final = UUID("b0000000-0000-7000-8000-000000000000")


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
        **more,
    }


def fill(cluster: Cluster) -> str:
    """Migrate a database of *cluster*, with Alice and Bob; return the app's URL."""
    with ExitStack() as stack:
        server = stack.enter_context(psycopg.connect(cluster.url(), autocommit=True))
        databases.create(cluster.url(), "filled")
        migrate.apply(cluster.url("filled"))
        server.execute("alter role todo_app password 'only-for-tests'")
        filled = stack.enter_context(
            psycopg.connect(cluster.url("filled"), autocommit=True)
        )
        for file in sorted((TESTS / "pgtap" / "fixtures").glob("*.sql")):
            filled.execute(file.read_bytes())
    return as_app(cluster.url("filled"))
