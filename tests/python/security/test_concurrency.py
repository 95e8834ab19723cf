"""Two at once: no order of acts bends the tree."""

from __future__ import annotations

from uuid import UUID, uuid4

import psycopg

from tests.python.security.at_once import Step, at_once
from tests.python.security.people import ALICE, become
from tests.python.security.samples import of


def as_alice(connection: psycopg.Connection) -> None:
    become(connection, ALICE)


def tree(connection: psycopg.Connection) -> dict[UUID, tuple[UUID | None, UUID, bool]]:
    rows = connection.execute(
        "select id, parent_id, project_id, deleted_at is null from app.tasks"
    ).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def assert_sound(database: str) -> None:
    """Every chain of parents ends, in its project, and lives upwards; counts are right.

    A live task stands in a live project.
    """
    with psycopg.connect(database) as superuser:
        tasks = tree(superuser)
        assert superuser.execute(_UNSOUND).fetchall() == []
    for task, (parent, project, alive) in tasks.items():
        steps, above = 0, parent
        while above is not None:
            steps += 1
            assert steps <= 4, f"{task} hangs in a circle"
            assert tasks[above][2] or not alive, f"{task} lives below a deleted task"
            assert tasks[above][1] == project, f"{task} stands below another project's"
            above = tasks[above][0]


_UNSOUND = """
select user_id, project_id from app_private.miscounts
union all
select t.user_id, t.project_id from app.tasks as t
inner join app.projects as p on t.user_id = p.user_id and t.project_id = p.id
where t.deleted_at is null and p.deleted_at is not null
"""


def add(connection: psycopg.Connection, parent: UUID | None) -> UUID:
    task = uuid4()
    connection.execute(
        "insert into app.tasks (user_id, id, project_id, parent_id, title)"
        " values (%s, %s, %s, %s, 'x')",
        (ALICE, task, of(ALICE, 1), parent),
    )
    return task


def test_opposite_moves_make_no_circle(app_url: str, database: str) -> None:
    move = "select app.move_task(%s, %s, %s)"
    for _ in range(10):
        with psycopg.connect(app_url) as connection:
            as_alice(connection)
            a, b = add(connection, None), add(connection, None)
        home = of(ALICE, 1)
        answers = at_once(app_url, as_alice, (move, (a, home, b)), (move, (b, home, a)))
        assert sorted(map(str, answers)) == ["1", "23503"]
        assert_sound(database)


def test_opposite_plain_updates_make_no_circle(app_url: str, database: str) -> None:
    move = "update app.tasks set parent_id = %s where user_id = %s and id = %s"
    for _ in range(10):
        with psycopg.connect(app_url) as connection:
            as_alice(connection)
            a, b = add(connection, None), add(connection, None)
        answers = at_once(
            app_url, as_alice, (move, (b, ALICE, a)), (move, (a, ALICE, b))
        )
        assert answers.count(None) == 1
        assert set(answers) - {None} <= {"23503", "40P01"}
        assert_sound(database)


def test_a_child_never_lands_below_a_deleted_parent(
    app_url: str, database: str
) -> None:
    born = (
        "insert into app.tasks (user_id, project_id, parent_id, title)"
        " values (%s, %s, %s, 'late')"
    )
    for deletion in ("select app.delete_task(%s)", PLAIN_DELETION):
        for _ in range(10):
            with psycopg.connect(app_url) as connection:
                as_alice(connection)
                parent = add(connection, None)
            at_once(
                app_url,
                as_alice,
                (deletion, (parent,)),
                (born, (ALICE, of(ALICE, 1), parent)),
                (born, (ALICE, of(ALICE, 1), parent)),
            )
            assert_sound(database)


PLAIN_DELETION = "update app.tasks set deleted_at = now() where id = %s"


def test_deleting_restoring_and_moving_at_once(app_url: str, database: str) -> None:
    """Many hands on one subtree: each act wins or is refused, and nobody deadlocks."""
    with psycopg.connect(app_url) as connection:
        as_alice(connection)
        root = add(connection, None)
        child = add(connection, root)
        add(connection, child)
    steps: list[Step] = [
        ("select app.delete_task(%s)", (root,)),
        ("select app.restore_task(%s)", (root,)),
        ("select app.delete_task(%s)", (child,)),
        ("select app.restore_task(%s)", (child,)),
        ("select app.move_task(%s, %s)", (child, of(ALICE, 2))),
        ("select app.move_task(%s, %s, %s)", (child, of(ALICE, 1), root)),
        ("select app.delete_project(%s)", (of(ALICE, 2),)),
        ("select app.restore_project(%s)", (of(ALICE, 2),)),
    ]
    met = set()
    for _ in range(25):
        met |= {a for a in at_once(app_url, as_alice, *steps) if isinstance(a, str)}
        assert_sound(database)
    # Never a deadlock (40P01), and nothing to repeat (40001).
    assert met <= {"23514", "23503"}


def test_the_same_tag_from_two_devices(app_url: str) -> None:
    born = "insert into app.tags (user_id, name) values (%s, %s)"
    for i in range(5):
        answers = at_once(
            app_url,
            as_alice,
            (born, (ALICE, f"Twin {i}")),
            (born, (ALICE, f"twin {i}")),
        )
        assert sorted(map(str, answers)) == ["23505", "None"]
