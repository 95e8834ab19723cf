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

from tests.python.databases import PASSWORD, copied
from tests.python.todo_db.sample import ALICE, BOB
from tools import node
from tools.credentials import jwt_login
from tools.postgres.server import Cluster
from tools.project import GENERATED, ROOT

PAGE = (ROOT / "docs" / "other-clients.md").read_text("utf-8")
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
    (name,) = re.findall(r"tools\.credentials\.jwt_login (\w+) --note", PAGE)
    with copied(cluster, template) as url, psycopg.connect(url) as connection:
        connection.autocommit = True
        jwt_login.ensure(connection, name, "of a test")
        connection.execute(f"alter role {name} password '{PASSWORD}'")
        parts = urlsplit(url)
        login = parts.netloc.replace("postgres@", f"{name}:{PASSWORD}@")
        yield urlunsplit(parts._replace(netloc=login))
        jwt_login.remove(connection, name)


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
    assert missing["data"]["updateTaskByUserIdAndId"] is None
    assert missing["errors"][0]["extensions"] == {"code": "P0002"}
    gone = """mutation ($owner: UUID!, $id: UUID!) {
      deleteTagByUserIdAndId(input: {userId: $owner, id: $id}) { tag { id } } }"""
    assert graphql(gone, owner=str(ALICE), id=str(BOB))["errors"]


def test_graphql_offers_what_is_granted_and_no_helpers(graphql: Ask) -> None:
    kind = "{__schema {queryType {fields {name}} mutationType {fields {name}}}}"
    schema = graphql(kind)["data"]["__schema"]
    names = {each["name"] for side in schema.values() for each in side["fields"]}
    helpers = {"uuidV7", "foldName", "isTimeZone", "positionNow", "isTaskTransition"}
    assert not names & (helpers | {"pinSettings", "authenticate", "currentSpaceMask"})
    assert not names & {"deleteTaskByUserIdAndId", "deleteProjectByUserIdAndId"}
    assert not names & {"createUser", "deleteUser", "updateSpaceByUserId"}
    assert {"deleteTask", "restoreProject", "moveTask", "positionBetween"} <= names
    given = fields(graphql, "TaskInput")
    assert {name for name, must in given.items() if must} == {"projectId", "title"}
    kept = {"createdAt", "version", "completed", "deletionId", "spaceNumber", "depth"}
    assert not given.keys() & kept
    assert "deletedAt" in fields(graphql, "TaskPatch")
    assert not fields(graphql, "TaskPatch").keys() & (kept | {"id", "userId"})


def fields(graphql: Ask, name: str) -> dict[str, bool]:
    """The fields of an input type, and whether each has to be given."""
    query = f'{{__type(name: "{name}") {{inputFields {{name type {{kind}}}}}}}}'
    found = graphql(query)["data"]["__type"]["inputFields"]
    return {each["name"]: each["type"]["kind"] == "NON_NULL" for each in found}


def test_graphql_follows_references_through_the_views(graphql: Ask) -> None:
    made = graphql(_CREATE, inbox=str(ALICE), title="below the inbox")
    task = made["data"]["createTask"]["task"]["id"]
    query = """query ($owner: UUID!, $id: UUID!) {
      taskByUserIdAndId(userId: $owner, id: $id) {
        title projectByUserIdAndProjectId { isInbox }
        tasksByUserIdAndParentIdList { id } }
      allTasksList(condition: {deletedAt: null}) { id deletedAt } }"""
    found = graphql(query, owner=str(ALICE), id=task)["data"]
    assert found["taskByUserIdAndId"] == {
        "title": "below the inbox",
        "projectByUserIdAndProjectId": {"isInbox": True},
        "tasksByUserIdAndParentIdList": [],
    }
    assert {row["deletedAt"] for row in found["allTasksList"]} == {None}


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


def test_rest_writes_as_such_software_does(listed: str) -> None:
    """By the statements of PostgREST: a body as JSON, a call by names of arguments."""
    claims = json.dumps({"sub": str(ALICE), "iat": int(time.time())})
    body = json.dumps({"project_id": str(ALICE), "title": "by REST"})
    with request(listed, claims) as connection:
        made = connection.execute(
            "insert into app.tasks (project_id, title)"
            " select b.project_id, b.title from json_to_record(%s)"
            " as b (project_id uuid, title text) returning *",
            (body,),
        )
        assert made.description is not None
        names = [column.name for column in made.description]
        row = dict(zip(names, made.fetchone() or (), strict=True))
        assert row["user_id"] == ALICE
    with request(listed, claims) as connection:
        done = connection.execute(
            "update app.tasks set priority = 1 where id = %s", (row["id"],)
        )
        assert done.rowcount == 1
    with pytest.raises(psycopg.Error), request(listed, claims) as connection:
        connection.execute("delete from app.tasks where id = %s", (row["id"],))
    with request(listed, claims) as connection:
        called = connection.execute(
            "select app.delete_task(p_task_id => %s)", (row["id"],)
        )
        assert called.fetchone() == (1,)


def test_rest_writes_nothing_of_others(listed: str) -> None:
    claims = json.dumps({"sub": str(ALICE), "iat": int(time.time())})
    with request(listed, claims) as connection:
        done = connection.execute(
            "update app.tasks set title = 'x' where user_id = %s", (BOB,)
        )
        assert done.rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        with request(listed, claims) as connection:
            connection.execute(
                "insert into app.tasks (user_id, project_id, title)"
                " values (%s, %s, 'x')",
                (BOB, BOB),
            )


def test_the_tags_are_those_of_the_tables(listed: str) -> None:
    """What the generated file says of keys and defaults, against the catalogue."""
    tags = json.loads((GENERATED / "postgraphile" / "tags.json").read_text("utf-8"))
    classes = tags["config"]["class"]
    with request(listed, json.dumps({"sub": str(ALICE)})) as connection:
        rows = connection.execute(
            "select 'app.' || c.relname, string_agg(a.attname, ',' order by n)"
            " from pg_constraint as k join pg_class as c on c.oid = conrelid"
            " cross join unnest(conkey) with ordinality as u (number, n)"
            " join pg_attribute as a on a.attrelid = conrelid and attnum = number"
            " where contype = 'p' and connamespace = 'app_data'::regnamespace"
            " group by c.relname"
        ).fetchall()
    assert {name: one["tags"]["primaryKey"] for name, one in classes.items()} == dict(
        (str(name), str(key)) for name, key in rows
    )
