"""No answer to Alice depends on what Bob has: errors, words and counts are the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.python.security.people import ALICE, BOB, Acting
from tests.python.security.samples import of


def complaint(acting: Acting, text: str, *values: Any) -> tuple[Any, ...]:
    """Everything that a client is told about an error, the given values taken out."""
    with acting(ALICE) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(text.encode(), values)
    told = refused.value.diag
    words = (told.message_primary, told.message_detail, told.message_hint, told.context)
    clean = []
    for word in words:
        for value in values:
            word = word.replace(str(value), "*") if word else word
        clean.append(word)
    return (told.sqlstate, told.constraint_name, told.table_name, *clean)


BORN = "insert into app.tasks (user_id, project_id, parent_id, title)"
REFERENCES = {
    "a project": (f"{BORN} values (%s, %s, null, 'x')", of(BOB, 1)),
    "moving to a project": (
        f"update app.tasks set project_id = %s where id = '{of(ALICE, 6)}'",
        of(BOB, 1),
    ),
    "a parent": (f"{BORN} values (%s, '{of(ALICE, 1)}', %s, 'x')", of(BOB, 3)),
    "a tag": (
        "insert into app.task_tags (user_id, task_id, tag_id)"
        f" values (%s, '{of(ALICE, 3)}', %s)",
        of(BOB, 7),
    ),
    "a task": (
        "insert into app.task_tags (user_id, task_id, tag_id)"
        f" values (%s, %s, '{of(ALICE, 7)}')",
        of(BOB, 3),
    ),
    "delete_task": ("select app.delete_task(%s)", of(BOB, 3)),
    "restore_task": ("select app.restore_task(%s)", of(BOB, 6)),
    "move_task": (f"select app.move_task(%s, '{ALICE}')", of(BOB, 3)),
    "move_task to a project": (
        f"select app.move_task('{of(ALICE, 3)}', %s)",
        of(BOB, 1),
    ),
    "delete_project": ("select app.delete_project(%s)", of(BOB, 1)),
    "restore_project": ("select app.restore_project(%s)", of(BOB, 2)),
}


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_reference_to_bob_fails_like_one_to_nothing(
    acting: Acting, name: str
) -> None:
    text, target = REFERENCES[name]
    before = (ALICE,) if text.count("%s") == 2 else ()
    told = complaint(acting, text, *before, target)
    assert told == complaint(acting, text, *before, uuid4())
    assert str(BOB)[:8] not in str(told)


@pytest.mark.parametrize(
    ("table", "used"),
    [("projects", of(BOB, 1)), ("tasks", of(BOB, 3)), ("tags", of(BOB, 7))],
)
def test_an_id_of_bobs_is_free(acting: Acting, table: str, used: UUID) -> None:
    columns = {
        "projects": ("name", ""),
        "tasks": ("title, project_id", f", '{ALICE}'"),
        "tags": ("name", ""),
    }[table]
    with acting(ALICE) as connection:
        done = connection.execute(
            f"insert into app.{table} (user_id, id, {columns[0]})"
            f" values (%s, %s, 'x'{columns[1]})".encode(),
            (ALICE, used),
        )
        assert done.rowcount == 1


def test_errors_tell_no_values(acting: Acting) -> None:
    """DETAIL of a violated key or check would hold the row; under RLS it is empty."""
    told = complaint(
        acting, "insert into app.tags (user_id, name) values (%s, %s)", ALICE, "urgent"
    )
    assert told[0] == "23505"
    assert told[4] is None
    told = complaint(acting, "update app.tasks set priority = %s", 9)
    assert told[0] == "23514"
    assert told[4] is None


def test_statistics_and_sessions_show_nothing(acting: Acting) -> None:
    with acting(ALICE) as connection:
        found = connection.execute(
            "select count(*) from pg_stats"
            " where schemaname in ('app', 'app_data', 'app_private')"
        ).fetchone()
        assert found == (0,)
        found = connection.execute(
            "select count(*) from pg_stat_activity"
            " where pid <> pg_backend_pid() and query !~ '^<insufficient'"
            " and coalesce(query, '') <> ''"
        ).fetchone()
        assert found == (0,)
