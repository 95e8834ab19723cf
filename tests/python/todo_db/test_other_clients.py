"""Clients that are not Python, as docs/other-clients.md sets them up.

examples/postgraphile runs, on Node; what PostgREST sends before a request is sent by
psycopg here, since PostgREST is no package of a registry.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx
import jwt
import psycopg
import pytest
from psycopg import sql

from tests.python.databases import copied
from tests.python.todo_db.sample import ALICE, BOB
from tools import node
from tools.paths import ROOT
from tools.server import Cluster

_PAGE = ROOT / "docs" / "other-clients.md"
_SECRET = "only for tests, and long enough for HS256"
_CREATE = """mutation ($inbox: UUID!, $title: String!) {
  createTask(input: {task: {projectId: $inbox, title: $title}}) {
    task { id version }
  }
}"""
_CHANGE = """mutation ($owner: UUID!, $id: UUID!) {
  updateTaskByUserIdAndId(input: {userId: $owner, id: $id, taskPatch: {priority: 1}}) {
    task { priority version }
  }
}"""
Ask = Callable[..., dict[str, Any]]


def token(owner: UUID, **more: Any) -> str:
    now = int(time.time())
    claims = {"sub": str(owner), "iat": now, "exp": now + 60, **more}
    return jwt.encode(claims, _SECRET, algorithm="HS256")


@pytest.fixture(scope="module")
def listed(cluster: Cluster, template: str) -> Iterator[str]:
    """The address of a login whose claims are believed, made as the page says."""
    page = _PAGE.read_text("utf-8")
    (code,) = re.findall(r"^```sql\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    with copied(cluster, template) as url, psycopg.connect(url) as connection:
        name = sql.Identifier(connection.info.dbname).as_string(connection)
        connection.execute(code.replace("database todo", f"database {name}").encode())
        connection.commit()
        parts = urlsplit(url)
        login = parts.netloc.replace("postgres@", "todo_postgraphile:a-password@")
        yield urlunsplit(parts._replace(netloc=login))
        connection.execute("drop owned by todo_postgraphile")
        connection.execute("drop role todo_postgraphile")
        connection.commit()


@pytest.fixture(scope="module")
def graphql(listed: str) -> Iterator[Ask]:
    """Asks examples/postgraphile, as Alice unless another token is given."""
    packages = node.modules("postgraphile", ROOT / "examples")
    program = subprocess.Popen(
        node.command(ROOT / "examples" / "postgraphile" / "server.cjs"),
        env={
            **node.environment(packages),
            "API_DATABASE_URL": listed,
            "API_SECRET": _SECRET,
            "PORT": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert program.stdout is not None
        address = program.stdout.readline().strip()

        def ask(query: str, bearer: str | None = None, **values: Any) -> dict[str, Any]:
            given = token(ALICE) if bearer is None else bearer
            answer = httpx.post(
                address,
                json={"query": query, "variables": values},
                headers={"Authorization": f"Bearer {given}"} if given else {},
                timeout=30,
            )
            found: dict[str, Any] = answer.json()
            return found

        yield ask
    finally:
        program.terminate()
        program.communicate()


def test_graphql_creates_changes_and_sees_ones_own(graphql: Ask) -> None:
    made = graphql(_CREATE, inbox=str(ALICE), title="by GraphQL")
    task = made["data"]["createTask"]["task"]
    changed = graphql(_CHANGE, owner=str(ALICE), id=task["id"])
    found = changed["data"]["updateTaskByUserIdAndId"]["task"]
    assert found == {"priority": 1, "version": task["version"] + 1}
    spaces = graphql("{ allTasksList { userId } }")["data"]["allTasksList"]
    assert {row["userId"] for row in spaces} == {str(ALICE)}


def test_graphql_deletes_by_the_function_and_can_restore(graphql: Ask) -> None:
    made = graphql(_CREATE, inbox=str(ALICE), title="thrown away")
    task = made["data"]["createTask"]["task"]["id"]
    for name in ("deleteTask", "restoreTask"):
        query = (
            f"mutation ($id: UUID!) {{ {name}(input: {{pTaskId: $id}}) {{integer}} }}"
        )
        assert graphql(query, id=task)["data"] == {name: {"integer": 1}}


@pytest.mark.parametrize(
    "bearer",
    ["", "x.y.z", token(ALICE, iat=int(time.time()) - 900, exp=1), "a b"],
)
def test_graphql_tells_nobody_anything(graphql: Ask, bearer: str) -> None:
    answer = graphql("{ allTasksList { title } currentUserId }", bearer)
    assert answer["data"] == {"allTasksList": [], "currentUserId": None}


def test_graphql_writes_nothing_of_others_and_says_why_by_code(graphql: Ask) -> None:
    theirs = _CREATE.replace("{projectId", "{userId: $inbox, projectId")
    refused = graphql(theirs, inbox=str(BOB), title="stolen")
    assert refused["data"]["createTask"] is None
    assert refused["errors"][0]["extensions"] == {"code": "42501"}
    wrong = graphql(_CREATE, inbox=str(ALICE), title=" ")
    told = {"code": "23514", "constraint": "tasks_title_is_not_blank"}
    assert wrong["errors"][0]["extensions"] == told
    missing = graphql(_CHANGE, owner=str(ALICE), id=str(BOB))
    assert missing["data"]["updateTaskByUserIdAndId"]["task"] is None


def test_graphql_offers_what_is_granted_and_no_helpers(graphql: Ask) -> None:
    kind = "{__schema {queryType {fields {name}} mutationType {fields {name}}}}"
    schema = graphql(kind)["data"]["__schema"]
    names = {each["name"] for side in schema.values() for each in side["fields"]}
    helpers = {"uuidV7", "foldName", "isTimeZone", "positionNow", "isTaskTransition"}
    assert not names & (helpers | {"pinSettings", "authenticate", "currentSpaceMask"})
    assert not names & {"deleteTaskByUserIdAndId", "deleteProjectByUserIdAndId"}
    assert not names & {"createUser", "deleteUser", "updateSpaceByUserId"}
    assert {"deleteTask", "restoreProject", "moveTask", "positionBetween"} <= names
    fields = '{__type(name: "TaskInput") {inputFields {name}}}'
    given = {each["name"] for each in graphql(fields)["data"]["__type"]["inputFields"]}
    assert not given & {
        "createdAt",
        "version",
        "completed",
        "deletionId",
        "spaceNumber",
    }


@contextmanager
def request(url: str, claims: str | None) -> Iterator[psycopg.Connection]:
    """Open a transaction as PostgREST does, `db-pre-request` included."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "select set_config('role', 'todo_user', true),"
            " set_config('request.jwt.claims', %s, true)",
            (claims or "",),
        )
        connection.execute("select app.authenticate()")
        yield connection


def test_the_pre_request_lets_a_person_in_and_refuses_nobody(listed: str) -> None:
    claims = {"sub": str(ALICE), "iat": int(time.time())}
    with request(listed, json.dumps(claims)) as connection:
        rows = connection.execute("select user_id from app.tasks").fetchall()
    assert {owner for (owner,) in rows} == {ALICE}
    for nobody in (
        None,
        "{}",
        json.dumps({"sub": "x"}),
        json.dumps({"sub": str(UUID(int=9))}),
    ):
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            with request(listed, nobody):
                pass
