"""Who is asking is asked once per statement: an index condition or a one-time filter.

A function in a filter would run for each row, of every space.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.python.databases import as_app, copied
from tests.python.security.people import ALICE, Acting, become
from tests.python.security.samples import ALLOWED
from tools.postgres.server import Cluster

READABLE = sorted(table for table in ALLOWED if "select" in ALLOWED[table])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def explain(connection: psycopg.Connection, text: str) -> dict[str, Any]:
    connection.execute("set local enable_seqscan = off")  # the tables are tiny here
    row = connection.execute(f"explain (format json) {text}".encode()).fetchone()
    assert row is not None
    found = row[0] if isinstance(row[0], list) else json.loads(row[0])
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def key(table: str) -> str:
    return "id" if table == "users" else "user_id"


@pytest.mark.parametrize("table", READABLE)
@pytest.mark.parametrize("with_predicate", [True, False])
def test_identity_is_asked_once(
    acting: Acting, table: str, with_predicate: bool
) -> None:
    where = f"where {key(table)} = '{ALICE}'" if with_predicate else ""
    with acting(ALICE) as connection:
        plan = explain(connection, f"select {key(table)} from app.{table} {where}")
    seen = [
        (name, text)
        for node in nodes(plan)
        for name, text in node.items()
        if isinstance(text, str) and "current_user_id" in text
    ]
    assert seen, "the policy is in the plan"
    assert {name for name, _ in seen} <= {"Index Cond", "One-Time Filter"}, seen


# The queries that the indexes were made for, and the index that each must use.
PAGES = {
    "sidebar": (
        "select id, name from app.projects where user_id = '{me}'"
        " and deleted_at is null order by position, id limit 50",
        "projects_sidebar_idx",
    ),
    "project page": (
        "select id, title from app.tasks where user_id = '{me}' and project_id = '{me}'"
        " and deleted_at is null order by position, id limit 50",
        "tasks_project_idx",
    ),
    "project page, backwards": (
        "select id, title from app.tasks where user_id = '{me}' and project_id = '{me}'"
        " and deleted_at is null and (position, id) < ('V', '{me}')"
        " order by position desc, id desc limit 50",
        "tasks_project_idx",
    ),
    "subtasks": (
        "select id from app.tasks where user_id = '{me}' and project_id = '{me}'"
        " and parent_id = '{me}'",
        "tasks_subtasks_idx",
    ),
    "agenda": (
        "select id from app.tasks where user_id = '{me}' and due_date <= '2026-05-01'"
        " and not completed and deleted_at is null"
        " order by due_date, due_time, id limit 50",
        "tasks_agenda_idx",
    ),
    "of a status": (
        "select id from app.tasks where user_id = '{me}' and status = 'todo'"
        " and not completed and deleted_at is null order by id desc limit 50",
        "tasks_status_idx",
    ),
    "of a priority": (
        "select id from app.tasks where user_id = '{me}' and priority = 4"
        " and not completed and deleted_at is null order by id desc limit 50",
        "tasks_priority_idx",
    ),
    "lately done": (
        "select id from app.tasks where user_id = '{me}' and completed"
        " and deleted_at is null order by completed_at desc, id desc limit 50",
        "tasks_completed_idx",
    ),
    "trash": (
        "select id from app.tasks where user_id = '{me}' and deleted_at is not null"
        " order by deleted_at desc, id desc limit 50",
        "tasks_trash_idx",
    ),
    "tag by name": (
        "select id from app.tags where user_id = '{me}'"
        " and name_key = app.fold_name('Urgent')",
        "tags_name_key_key",
    ),
    "tasks of a tag": (
        "select task_id from app.task_tags where user_id = '{me}' and tag_id = '{me}'",
        "task_tags_tag_idx",
    ),
}


@pytest.fixture(scope="module")
def filled(cluster: Cluster, template: str) -> Iterator[str]:
    """A database with a large space among small ones."""
    with copied(cluster, template) as url:
        with psycopg.connect(url, autocommit=True) as superuser:
            superuser.execute(FILL)
            superuser.execute("vacuum analyze")
        yield as_app(url)


FILL = f"""
insert into app_data.projects (user_id, name)
select '{ALICE}', 'Project ' || i from generate_series(1, 300) as i;
insert into app_data.tasks (
    user_id, project_id, title, due_date, status, deleted_at, deletion_id
)
select
    '{ALICE}', p.id, 'Task ' || i, date '2026-01-01' + i % 700,
    case when i % 3 = 0 then 'done' else 'todo' end,
    case when i % 10 = 0 then now() end, case when i % 10 = 0 then p.id end
from app.projects as p cross join generate_series(1, 40) as i
where p.user_id = '{ALICE}';
insert into app_data.tags (user_id, name)
select '{ALICE}', 'Tag ' || i from generate_series(1, 500) as i;
insert into app_data.task_tags (user_id, task_id, tag_id)
select t.user_id, t.id, g.id
from (select *, row_number() over () as n from app.tasks where user_id = '{ALICE}') as t
inner join (
    select *, row_number() over () as n from app.tags where user_id = '{ALICE}'
) as g on t.n % 500 = g.n % 500
on conflict do nothing;
"""


@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_index_serves_its_query(filled: str, name: str) -> None:
    text, index = PAGES[name]
    with psycopg.connect(filled) as connection:
        become(connection, ALICE)
        row = connection.execute(
            f"explain (format json) {text.format(me=ALICE)}".encode()
        ).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    used = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
    assert used == {index}
    assert not [n for n in nodes(plan) if n["Node Type"] in ("Sort", "Seq Scan")]


def test_every_index_has_a_query_here(shared_database: str) -> None:
    """An index without a query is to be dropped; keys prove themselves."""
    with psycopg.connect(shared_database) as connection:
        found = connection.execute(
            "select c.relname from pg_index as i"
            " inner join pg_class as c on i.indexrelid = c.oid"
            " where c.relnamespace = 'app_data'::regnamespace and not i.indisunique"
        ).fetchall()
    # What a function reads is not in its caller's plan: test_budgets has its pages.
    served = {index for _, index in PAGES.values()} | {"tasks_search_idx"}
    assert {name for (name,) in found} <= served
