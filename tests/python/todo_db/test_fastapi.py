"""The FastAPI extra: an answer is given when the work is committed, or is a problem."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

import httpx
import psycopg
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlmodel import select

from tests.python.databases import as_app, copied
from tests.python.security.people import ALICE
from tests.python.todo_db.sample import environment, new_task
from todo_db import AsyncUserSession, Database, StartupError, UserSession
from todo_db.fastapi import (
    install,
    lifespan,
    reading,
    reading_in_thread,
    writing,
    writing_in_thread,
)
from todo_models import Task, TaskPublic, TaskUpdate
from tools.postgres.server import Cluster


def me() -> UUID:
    return ALICE


Reading = Annotated[AsyncUserSession, reading(me)]
Writing = Annotated[AsyncUserSession, writing(me)]
ThreadReading = Annotated[UserSession, reading_in_thread(me)]
ThreadWriting = Annotated[UserSession, writing_in_thread(me)]

app = FastAPI()
install(app)


@app.post("/tasks")
async def add(title: str, session: Writing) -> dict[str, str]:
    session.add(new_task(title))  # it is sent when the session ends
    return {"added": title}


@app.post("/thread/tasks")
def add_in_thread(title: str, session: ThreadWriting) -> dict[str, str]:
    session.add(new_task(title))
    return {"added": title}


@app.get("/tasks")
async def titles(session: Reading) -> list[str]:
    return [task.title for task in await session.exec(select(Task))]


@app.get("/thread/tasks")
def titles_in_thread(session: ThreadReading) -> list[TaskPublic]:
    return [TaskPublic.model_validate(task) for task in session.exec(select(Task))]


@app.post("/rule")
async def rule(session: Writing) -> None:
    task = new_task("x", start_date=date(2026, 5, 2))
    TaskUpdate(due_date=date(2026, 5, 1)).apply(task)


@pytest.fixture(scope="module")
def url(cluster: Cluster, template: str) -> Iterator[str]:
    with copied(cluster, template) as address:
        yield address


@pytest_asyncio.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    db = Database.from_env(environment(as_app(url)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        lifespan(db)(app),
        httpx.AsyncClient(transport=transport, base_url="http://app") as client,
    ):
        yield client


def stored(url: str, title: str) -> int:
    with psycopg.connect(url) as superuser:
        row = superuser.execute(
            "select count(*) from app.tasks where title = %s", (title,)
        ).fetchone()
    return int(row[0]) if row else -1


@pytest.mark.parametrize("path", ["/tasks", "/thread/tasks"])
async def test_what_is_answered_is_committed(
    client: httpx.AsyncClient, url: str, path: str
) -> None:
    answer = await client.post(path, params={"title": f"through {path}"})
    assert answer.status_code == 200
    assert stored(url, f"through {path}") == 1
    assert f"through {path}" in (await client.get(path)).text


@pytest.mark.parametrize("path", ["/tasks", "/thread/tasks"])
async def test_what_is_refused_at_the_end_is_not_answered_with_200(
    client: httpx.AsyncClient, path: str
) -> None:
    """The row is sent only when the path function has returned its answer."""
    answer = await client.post(path, params={"title": "x" * 501})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["constraint"] == "tasks_title_is_short"
    assert answer.json()["type"] == "urn:todo-db:rule-violated"


async def test_a_rule_of_the_models_is_the_same_problem(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/rule")
    assert answer.status_code == 422
    body = answer.json()
    assert body["constraint"] == "tasks_due_date_is_not_before_start"
    assert body["title"] == "Rule violated"


async def test_an_app_does_not_start_on_what_is_no_database(url: str) -> None:
    db = Database.from_env(
        environment(as_app(url).replace("/test_", "/none_"), TODO_RETRY_BUDGET="0")
    )
    with pytest.raises(StartupError):
        async with lifespan(db)(FastAPI()):
            raise AssertionError("it started")


def test_faults_of_ours_tell_no_details() -> None:
    from todo_db.errors import Unexpected
    from todo_db.fastapi import _problem

    assert b"secret" not in bytes(_problem(Unexpected, "secret", None, {}).body)
