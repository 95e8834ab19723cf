"""Each error of the database has a type, found by SQLSTATE and constraint alone."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm.exc import DetachedInstanceError
from sqlmodel import func, select

from tests.python.todo_db.sample import ALICE, BOB, MakeDatabase, new_project, new_task
from todo_db import Database, MisuseError, TodoError, errors
from todo_models import Tag, Task

STATUSES = {
    400: "InvalidCursor",
    401: "IdentityRefused",
    403: "Forbidden",
    404: "NotFound",
    409: "AlreadyDone Conflict InvalidTransition QuotaExceeded StaleVersion",
    422: "MissingReference PasswordUnusable RuleViolated",
    500: "DecryptionFailed MisuseError ReadOnly SettingsError StartupError TodoError"
    " Unexpected",
    503: "CommitOutcomeUnknown PoolExhausted TransactionConflict Unavailable",
    504: "TooSlow",
}


def test_each_error_has_its_status_and_two_may_be_repeated() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, TodoError)
    ]
    found: dict[int, list[str]] = {}
    for kind in kinds:
        found.setdefault(kind.http_status, []).append(kind.__name__)
    assert {s: " ".join(sorted(names)) for s, names in found.items()} == STATUSES
    repeated = {kind for kind in kinds if kind.retryable}
    assert repeated == {errors.TransactionConflict, errors.Unavailable}


def test_an_error_says_what_it_was_told() -> None:
    error = TodoError("text", sqlstate="23505", constraint="c", table="t")
    assert str(error) == "text"
    assert (error.sqlstate, error.constraint, error.table) == ("23505", "c", "t")
    assert TodoError("text").sqlstate is None
    assert errors.StaleVersion("text").rows == ()


def test_a_missing_reference(db: Database) -> None:
    with pytest.raises(errors.MissingReference) as caught, db.session(ALICE) as session:
        session.add(new_task("lost", project_id=uuid4()))
    assert caught.value.http_status == 422
    assert caught.value.table == "tasks"


def test_a_reference_to_a_stranger_s_row_is_as_missing(db: Database) -> None:
    with pytest.raises(errors.MissingReference), db.session(ALICE) as session:
        session.add(new_task("probe", project_id=BOB))


def test_a_row_of_another_space(db: Database) -> None:
    with pytest.raises(errors.Forbidden) as caught, db.session(ALICE) as session:
        session.add(new_task("given away", BOB))
    assert caught.value.http_status == 403


def test_a_duplicate(db: Database) -> None:
    name = f"tag {uuid4()}"
    with pytest.raises(errors.Conflict) as caught, db.session(ALICE) as session:
        session.add(Tag(user_id=ALICE, name=name))
        session.flush()
        session.add(Tag(user_id=ALICE, name=name.upper()))
    assert caught.value.http_status == 409
    assert caught.value.constraint == "tags_name_key_key"
    assert name.lower() not in str(caught.value).lower()  # it stands in the DETAIL


def test_a_message_and_its_hint_are_passed_on_and_no_more(db: Database) -> None:
    with pytest.raises(TodoError) as caught, db.session(ALICE) as session:
        text_of = "raise 'no' using hint = 'do', detail = 'secret', errcode = '53400'"
        session.execute(text(f"do $$ begin {text_of}; end $$"))
    assert str(caught.value) == "no; do"


def test_a_rule(db: Database) -> None:
    with pytest.raises(errors.RuleViolated) as caught, db.session(ALICE) as session:
        session.add(new_task("x" * 501))
    assert caught.value.constraint == "tasks_title_is_short"
    assert "xxxx" not in str(caught.value)


def test_a_transition(db: Database) -> None:
    with db.session(ALICE) as session:
        task = new_task("blocked")
        session.add(task)
        session.flush()
        session.exec(update(Task).where(Task.id == task.id).values(status="blocked"))
    with pytest.raises(errors.InvalidTransition), db.session(ALICE) as session:
        session.exec(update(Task).where(Task.id == task.id).values(status="done"))


def test_a_row_that_is_not_there(db: Database) -> None:
    with pytest.raises(errors.NotFound) as caught, db.session(ALICE) as session:
        session.exec(select(func.app.delete_task(uuid4()))).one()
    assert caught.value.http_status == 404


def test_a_row_that_somebody_else_changed(db: Database) -> None:
    task = new_task("first")
    with db.session(ALICE) as session:
        session.add(task)
    task_id = task.id
    with db.session(ALICE) as session:
        session.exec(update(Task).where(Task.id == task.id).values(title="second"))
    with pytest.raises(errors.StaleVersion) as caught, db.session(ALICE) as session:
        session.add(task)
        task.title = "third"
    assert caught.value.http_status == 409
    (row,) = caught.value.rows
    assert (row.table, row.id, row.version) == ("tasks", task_id, 2)
    assert row.changed == frozenset({"title"})


def test_a_row_that_was_changed_elsewhere_says_where(
    make_db: MakeDatabase, url: str
) -> None:
    """What the program itself wanted to change says nothing of what somebody did."""
    db = make_db(
        url, TODO_POOL_SIZE="1"
    )  # the question finds a connection all the same
    task = new_task("first")
    with db.session(ALICE) as session:
        session.add(task)
    with db.session(ALICE) as session:
        session.exec(
            update(Task)
            .where(Task.id == task.id)
            .values(priority=1, due_date=dt.date(2027, 1, 1))
        )
    with pytest.raises(errors.StaleVersion) as caught, db.session(ALICE) as session:
        session.add(task)
        task.title = "second"
        session.exec(select(Task).limit(1)).all()  # flushes first
    (row,) = caught.value.rows
    assert row.changed == frozenset({"priority", "due_date"})


async def test_asyncio_says_it_too(adb: Database) -> None:
    task = new_task("first")
    async with adb.async_session(ALICE) as session:
        session.add(task)
    async with adb.async_session(ALICE) as session:
        await session.exec(
            update(Task).where(Task.id == task.id).values(title="second")
        )
    with pytest.raises(errors.StaleVersion) as caught:
        async with adb.async_session(ALICE) as session:
            session.add(task)
            task.title = "third"
    assert [row.changed for row in caught.value.rows] == [frozenset({"title"})]


def test_a_row_that_somebody_else_put_into_the_trash(db: Database) -> None:
    """A command that fails so is not done: its id may be used again."""
    project, command = new_project("gone soon"), uuid4()
    with db.session(ALICE) as session:
        session.add(project)
    with db.session(ALICE) as session:
        session.exec(select(func.app.delete_project(project.id)))
    with (
        pytest.raises(errors.StaleVersion) as caught,
        db.session(ALICE, command_id=command) as session,
    ):
        session.add(project)
        project.name = "still here"
    (row,) = caught.value.rows
    assert row.table == "projects"
    assert row.changed == frozenset({"deleted_at", "deletion_id"})
    with db.session(ALICE, command_id=command) as session:
        session.exec(select(Task).limit(1))


def test_a_value_that_the_driver_refuses(db: Database) -> None:
    with pytest.raises(errors.RuleViolated), db.session(ALICE) as session:
        session.add(new_task("nul\0byte"))


def test_a_deadlock_s_victim_may_try_again(db: Database) -> None:
    with pytest.raises(errors.TransactionConflict) as caught, db.session(ALICE) as s:
        s.execute(text("do $$ begin raise sqlstate '40P01'; end $$"))
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("28000", errors.IdentityRefused),
        ("42501", errors.Forbidden),
        ("P0002", errors.NotFound),
        ("TD409", errors.StaleVersion),
        ("53400", errors.QuotaExceeded),
        ("25006", errors.ReadOnly),
        ("23505", errors.Conflict),
        ("23P01", errors.Conflict),
        ("23503", errors.MissingReference),
        ("23502", errors.RuleViolated),
        ("23514", errors.RuleViolated),
        ("40001", errors.TransactionConflict),
        ("40P01", errors.TransactionConflict),
        ("55P03", errors.TooSlow),
        ("57014", errors.TooSlow),
        ("53300", errors.Unavailable),
        ("57P01", errors.Unavailable),
        ("57P02", errors.Unavailable),
        ("57P03", errors.Unavailable),
        ("57P05", errors.Unavailable),
        ("08006", errors.Unavailable),
        ("22P02", errors.RuleViolated),
        ("42P01", errors.Unexpected),
        ("XX000", errors.Unexpected),
    ],
)
def test_states(db: Database, state: str, kind: type[TodoError]) -> None:
    with pytest.raises(kind) as caught, db.session(ALICE) as session:
        session.execute(text(f"do $$ begin raise sqlstate '{state}'; end $$"))
    assert type(caught.value) is kind
    assert caught.value.sqlstate == state
    assert caught.value.__cause__ is not None


def test_what_people_write_is_not_in_the_text(db: Database) -> None:
    with pytest.raises(TodoError) as caught, db.session(ALICE) as session:
        session.add(new_task("My secret diary " * 40))
    assert "secret" not in str(caught.value)


def test_a_row_is_fetched_by_its_id_or_refused_in_our_words(db: Database) -> None:
    with db.session(ALICE) as session:
        task = session.exec(select(Task)).first()
        assert task is not None
        assert session.get(Task, task.id) is task
        assert session.get(Task, (ALICE, task.id)) is task
        assert session.get_one(Task, task.id) is task
        assert session.get(Task, uuid4()) is None
        with pytest.raises(errors.NotFound, match="no such Task"):
            session.get_one(Task, uuid4())
        for wrong in ((ALICE,), {"idd": task.id}):
            with pytest.raises(MisuseError, match="the key of Task is"):
                session.get(Task, wrong)


async def test_asyncio_fetches_by_id_too(adb: Database) -> None:
    async with adb.async_session(ALICE) as session:
        task = (await session.exec(select(Task))).first()
        assert task is not None
        assert await session.get(Task, task.id) is task
        with pytest.raises(errors.NotFound):
            await session.get_one(Task, uuid4())


def test_a_literal_that_is_none_of_the_column_is_refused(db: Database) -> None:
    with pytest.raises(errors.RuleViolated, match="'nonsense' is not a valid TaskStat"):
        with db.session(ALICE) as session:
            session.exec(select(Task).where(Task.status == "nonsense")).all()


def test_what_no_statement_caused_stays_sqlalchemys(db: Database) -> None:
    with db.session(ALICE) as session:
        with pytest.raises(NoResultFound):
            session.exec(select(Task).where(Task.id == uuid4())).one()
        with pytest.raises(MultipleResultsFound):
            session.exec(select(Task)).one()
        task = session.exec(select(Task).limit(1)).one()
    with pytest.raises(DetachedInstanceError):
        assert task.project


def test_a_literal_of_another_type_is_unexpected(db: Database) -> None:
    with pytest.raises(errors.Unexpected), db.session(ALICE) as session:
        session.exec(select(Task).where(Task.due_date == "tomorrow")).all()


async def test_what_asyncio_cannot_load_says_how_to(adb: Database) -> None:
    with pytest.raises(MisuseError, match="joinedload"):
        async with adb.async_session(ALICE) as session:
            task = (await session.exec(select(Task))).first()
            assert task is not None
            assert task.project
    async with adb.async_session(ALICE) as session:
        task = (await session.exec(select(Task))).first()
        assert await session.run_sync(lambda _: task is not None and task.project.id)
