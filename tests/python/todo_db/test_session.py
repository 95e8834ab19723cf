"""A session is one user's, once, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import threading
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from tests.python.todo_db.sample import ALICE, BOB, new_project, new_task
from todo_db import Database, MisuseError, errors
from todo_models import Project, Task, User

_WHO = """
select session_user, current_user, coalesce(current_setting('app.token', true), '')
"""


def _identity(session: object) -> tuple[str, str, str]:
    row = session.execute(text(_WHO)).one()  # type: ignore[attr-defined]
    return (row[0], row[1], row[2])


def test_work_is_committed_at_the_end(db: Database) -> None:
    with db.session(ALICE) as session:
        session.add(new_task("Descale the kettle 🫖"))
    with db.session(ALICE) as session:
        titles = session.exec(select(Task.title)).all()
    assert "Descale the kettle 🫖" in titles


def test_an_exception_rolls_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.session(ALICE) as session:
        session.add(new_task("never"))
        session.flush()
        raise ZeroDivisionError
    with db.session(ALICE) as session:
        assert session.exec(select(Task).where(Task.title == "never")).all() == []


def test_objects_stay_readable(db: Database) -> None:
    with db.session(ALICE) as session:
        task = new_task("שלום")
        session.add(task)
    assert (task.title, task.user_id) == ("שלום", ALICE)


def test_a_user_sees_only_the_own_rows(db: Database) -> None:
    with db.session(ALICE) as session:
        task = new_task("Alice's alone")
        session.add(task)
    with db.session(BOB) as session:
        session.add(new_task("Bob's alone", BOB))
        session.flush()
        assert session.get(Task, (ALICE, task.id)) is None
        owners = session.execute(text("select user_id from app.tasks")).scalars()
        assert set(owners) == {BOB}
        assert session.exec(select(User.id)).all() == [BOB]


def test_it_becomes_the_user_for_the_transaction_only(db: Database) -> None:
    with db.session(ALICE) as session:
        assert _identity(session)[:2] == ("todo_app", "todo_user")
        assert str(ALICE) in _identity(session)[2]
    with db.engine.connect() as connection:
        assert _identity(connection) == ("todo_app", "todo_app", "")


@pytest.mark.parametrize("nobody", [None, "", "me", 7, UUID(int=0)])
def test_nobody_gets_no_session(db: Database, nobody: object) -> None:
    with pytest.raises(MisuseError):
        db.session(nobody)  # type: ignore[arg-type]
    with pytest.raises(MisuseError):
        db.async_session(nobody)  # type: ignore[arg-type]


def test_it_is_used_in_a_block(db: Database) -> None:
    session = db.session(ALICE)
    with pytest.raises(MisuseError, match="`with`"):
        session.exec(select(Task))
    session.close()


def test_it_serves_one_block(db: Database) -> None:
    session = db.session(ALICE)
    with session:
        pass
    with pytest.raises(MisuseError, match="one `with`"), session:
        pass


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_work_after_the_end_raises(db: Database, end: str) -> None:
    with db.session(ALICE) as session:
        session.exec(select(Task)).all()
        getattr(session, end)()
        with pytest.raises(MisuseError, match="is over"):
            session.exec(select(Task)).all()
        with pytest.raises(MisuseError, match="is over"):
            session.execute(text("select 1"))


def test_rows_added_after_the_end_raise(db: Database) -> None:
    with pytest.raises(MisuseError, match="were changed"), db.session(ALICE) as session:
        session.commit()
        session.add(new_task("too late"))


def test_another_user_inside_raises(db: Database) -> None:
    with db.session(ALICE):
        with pytest.raises(MisuseError, match="another user"), db.session(BOB):
            pass
        with db.session(ALICE) as again:
            again.exec(select(Task)).all()
    with db.session(BOB):
        pass


def test_another_thread_may_serve_another_user(db: Database) -> None:
    seen: list[UUID] = []

    def serve() -> None:
        with db.session(BOB) as session:
            seen.extend(session.exec(select(User.id)).all())

    with db.session(ALICE):
        thread = threading.Thread(target=serve)
        thread.start()
        thread.join()
    assert seen == [BOB]


async def test_asyncio_has_the_same_rules(adb: Database) -> None:
    async with adb.async_session(ALICE) as session:
        task = new_task("Async")
        session.add(task)
        with pytest.raises(MisuseError, match="another user"):
            async with adb.async_session(BOB):
                pass
    async with adb.async_session(BOB) as session:
        assert await session.get(Task, (ALICE, task.id)) is None
    with pytest.raises(MisuseError, match="is over"):
        await session.exec(select(Task))


async def test_a_child_task_may_serve_another_user(adb: Database) -> None:
    async def serve() -> list[UUID]:
        async with adb.async_session(BOB) as session:
            return list((await session.exec(select(User.id))).all())

    async with adb.async_session(ALICE):
        assert await asyncio.create_task(serve()) == [BOB]


def test_the_halves_may_run_in_two_threads(db: Database) -> None:
    """FastAPI runs the two halves of a synchronous dependency so."""
    session = db.session(ALICE)
    for half in (session.__enter__, lambda: session.__exit__(None, None, None)):
        thread = threading.Thread(target=half)
        thread.start()
        thread.join()
    with db.session(BOB):
        pass


def test_a_read_only_session_refuses_writes(db: Database) -> None:
    with pytest.raises(MisuseError), db.session(ALICE, read_only=True) as session:
        session.add(new_task("no"))


def test_isolation_is_what_was_asked_for(db: Database) -> None:
    with db.session(ALICE, isolation="serializable") as session:
        assert session.execute(text("show transaction_isolation")).scalar() == (
            "serializable"
        )
    with pytest.raises(MisuseError, match="isolation"):
        db.session(ALICE, isolation="chaos")  # type: ignore[arg-type]


def test_a_failed_statement_cannot_be_committed_in_silence(db: Database) -> None:
    with pytest.raises(MisuseError, match="failed"), db.session(ALICE) as session:
        session.add(new_task("lost?"))
        session.flush()
        with pytest.raises(errors.TodoError):
            session.execute(text("select 1/0"))
        session.commit()
    with db.session(ALICE) as session:
        assert session.exec(select(Task).where(Task.title == "lost?")).all() == []


def test_a_statement_cannot_end_the_transaction(db: Database) -> None:
    with pytest.raises(MisuseError, match="ended"), db.session(ALICE) as session:
        session.execute(text("commit"))
        session.execute(text("select 1"))
    with pytest.raises(MisuseError, match="ended"), db.session(ALICE) as session:
        session.execute(text("rollback"))


def test_one_statement_is_one_statement(db: Database) -> None:
    for first in (True, False):
        with pytest.raises(errors.TodoError) as caught, db.session(ALICE) as session:
            if not first:
                session.execute(text("select 1"))
            session.execute(text("select 1; commit; set role todo_auth"))
        assert caught.value.sqlstate == "42601"


def test_savepoints_work(db: Database) -> None:
    with db.session(ALICE) as session:
        session.add(new_task("kept"))
        with pytest.raises(errors.RuleViolated), session.begin_nested():
            session.add(new_task(" "))
        count = session.exec(
            select(func.count()).select_from(Task).where(Task.title == "kept")
        ).one()
    assert count == 1


def test_a_read_only_session_takes_savepoints_and_streams(db: Database) -> None:
    with db.session(ALICE, read_only=True) as session:
        session.exec(select(Task)).all()
        with session.begin_nested():
            session.exec(select(Task)).all()
        assert list(session.exec(select(User).execution_options(yield_per=1)))
    with db.session(ALICE, read_only=True) as session:
        assert list(session.exec(select(User).execution_options(yield_per=1)))
        assert _identity(session)[1] == "todo_user"


def test_a_read_only_session_goes_on_after_an_error(db: Database) -> None:
    with db.session(ALICE, read_only=True) as session:
        with pytest.raises(errors.TodoError):
            session.execute(text("select 1/0"))
        assert session.exec(select(User.id)).all() == [ALICE]


def test_a_savepoint_may_come_first(db: Database) -> None:
    with db.session(ALICE) as session:
        with session.begin_nested():
            session.add(new_task("in a savepoint"))
        assert _identity(session)[1] == "todo_user"


def test_rows_stream_from_the_server(db: Database) -> None:
    with db.session(ALICE) as session:
        session.add_all([new_task(f"row {n}") for n in range(50)])
        session.flush()
        rows = session.exec(
            select(Task).execution_options(yield_per=7, stream_results=True)
        )
        assert len(list(rows)) >= 50
    with db.session(BOB) as session:
        session.add(new_task("a row of Bob's", BOB))
        session.flush()
        first = session.exec(select(Task).execution_options(yield_per=7))
        assert {task.user_id for task in first} == {BOB}


async def test_rows_stream_with_asyncio(adb: Database) -> None:
    async with adb.async_session(ALICE) as session:
        session.add_all([new_task(f"row {n}") for n in range(20)])
        await session.flush()
        rows = await session.stream(select(Task).execution_options(yield_per=7))
        assert len([row async for row in rows]) >= 20


def test_many_rows_go_in_at_once(db: Database) -> None:
    project = new_project("Move house")
    with db.session(ALICE) as session:
        session.add(project)
        session.flush()
        session.add_all(
            [new_task(f"box {n}", project_id=project.id) for n in range(300)]
        )
    with db.session(ALICE) as session:
        found = session.get(Project, (ALICE, project.id))
        assert found is not None
        assert len(found.tasks) == 300
