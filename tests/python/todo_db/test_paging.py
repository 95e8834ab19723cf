"""Pages hold each row once, in order, whatever the keys; cursors cannot be bent."""

from __future__ import annotations

import base64
import datetime as dt
import json
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import select

from tests.python.todo_db.sample import ALICE, new_project, new_task
from todo_db import Database, MisuseError, _page_cursors
from todo_db.errors import InvalidCursor, RuleViolated
from todo_db.paging import Listing
from todo_models import Project, Task

_ORDERS: list[tuple[Any, ...]] = [
    (Task.id,),
    (Task.id.desc(),),
    (Task.position, Task.id),
    (Task.priority.desc(), Task.id.desc()),
    (Task.priority, Task.id.desc()),
    (Task.due_date, Task.id),
    (Task.due_date.desc(), Task.id),
    (Task.due_date.desc().nulls_last(), Task.priority, Task.id),
    (Task.due_date.nulls_first(), Task.title.desc(), Task.id),
    (Task.created_at.desc(), Task.id.desc()),
    (Task.status, Task.id),
]


@pytest.fixture(scope="module")
def shelf(url: str) -> UUID:
    """A project with sixty tasks, many of which are equal in a key or lack it."""
    from tests.python.todo_db.sample import environment

    db = Database.from_env(environment(url))
    project = new_project("Shelf")
    with db.session(ALICE) as session:
        session.add(project)
        session.flush()
        for n in range(60):
            due = None if n % 3 == 0 else dt.date(2026, 1, 1 + n % 5)
            session.add(
                new_task(
                    f"title {n % 4} é",
                    project_id=project.id,
                    due_date=due,
                    priority=1 + n % 4,
                    status=["todo", "in_progress", "blocked"][n % 3],
                )
            )
    db.close()
    return project.id


@pytest.mark.parametrize("keys", _ORDERS, ids=lambda keys: ", ".join(map(str, keys)))
@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_pages_join_to_the_whole(
    db: Database, shelf: UUID, keys: tuple[Any, ...], size: int
) -> None:
    statement = select(Task).where(Task.project_id == shelf)
    with db.session(ALICE, read_only=True) as session:
        whole = [task.id for task in session.exec(statement.order_by(*keys))]
        listing, found, after = Listing(statement, *keys), list[UUID](), None
        for _ in range(100):
            page = listing.fetch(session, size=size, after=after)
            assert len(page.items) <= size
            found += [task.id for task in page.items]
            if (after := page.next) is None:
                break
        assert found == whole
        assert len(whole) == 60
        # And back again, from the last page to the first.
        back, pages = list(page.items), 1
        while page.previous is not None:
            following = page
            page = listing.fetch(session, size=size, before=page.previous)
            assert page.next is not None
            again = listing.fetch(session, size=size, after=page.next)
            assert [t.id for t in again.items] == [t.id for t in following.items]
            back, pages = [*page.items, *back], pages + 1
        assert [task.id for task in back] == whole
        assert pages == -(-60 // size)


async def test_asyncio_pages_the_same(adb: Database, shelf: UUID) -> None:
    listing = Listing(select(Task).where(Task.project_id == shelf), Task.id)
    async with adb.async_session(ALICE, read_only=True) as session:
        first = await listing.fetch_async(session, size=40)
        second = await listing.fetch_async(session, size=40, after=first.next)
        assert (len(first.items), len(second.items), second.next) == (40, 20, None)
        back = await listing.fetch_async(session, size=40, before=second.previous)
    assert [t.id for t in back.items] == [t.id for t in first.items]
    assert (first.previous, back.previous) == (None, None)


def test_a_page_is_on_one_side_of_a_row(db: Database) -> None:
    listing = Listing(select(Task), Task.id)
    with pytest.raises(InvalidCursor, match="not both"):
        listing.statement(5, after="x", before="y")


def test_a_page_whose_rows_have_gone_is_empty(db: Database, shelf: UUID) -> None:
    statement = select(Task).where(Task.project_id == shelf)
    listing = Listing(statement, Task.id)
    with db.session(ALICE, read_only=True) as session:
        second = listing.fetch(session, size=10, after=listing.fetch(session).next)
        nothing = Listing(statement.where(Task.priority == 0), Task.id)
        for page in (
            nothing.fetch(session, before=second.previous),
            nothing.fetch(session, after=second.previous),
        ):
            assert (list(page.items), page.next, page.previous) == ([], None, None)


def test_rows_that_come_and_go_do_no_harm(db: Database, shelf: UUID) -> None:
    listing = Listing(select(Task).where(Task.project_id == shelf), Task.id)
    with db.session(ALICE) as session:
        first = listing.fetch(session, size=10)
        session.add(new_task("early", project_id=shelf, id=UUID(int=5), due_date=None))
        session.flush()
        second = listing.fetch(session, size=10, after=first.next)
        assert not {t.id for t in first.items} & {t.id for t in second.items}
        session.rollback()


def test_an_index_answers_from_the_right_place(db: Database, shelf: UUID) -> None:
    """One direction without nulls is a comparison of rows in the index condition."""
    listing = Listing(select(Task), Task.id)
    with db.session(ALICE, read_only=True) as session:
        page = listing.fetch(session, size=5)
        statement = listing.statement(5, page.next)
        compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    assert "(app.tasks.id) > (" in str(compiled)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "=", "W10", "bnVsbA", "e30", "A" * 9000]
    + [
        base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        for value in (
            [["deep"]],
            ["000000000000", {"u": str(uuid4())}],
            {"mark": 1},
            "[" * 3,
        )
    ],
)
def test_a_made_up_cursor_is_refused(db: Database, cursor: str) -> None:
    listing = Listing(select(Task), Task.id)
    with (
        pytest.raises(InvalidCursor) as caught,
        db.session(ALICE, read_only=True) as session,
    ):
        listing.fetch(session, after=cursor)
    assert caught.value.http_status == 400


def test_a_cursor_of_another_order_is_refused(db: Database, shelf: UUID) -> None:
    with db.session(ALICE, read_only=True) as session:
        page = Listing(select(Task), Task.id).fetch(session, size=1)
        for keys in ((Task.id.desc(),), (Task.priority, Task.id)):
            with pytest.raises(InvalidCursor):
                Listing(select(Task), *keys).fetch(session, after=page.next)


def test_a_cursor_with_a_value_of_another_type_is_no_error_of_ours(
    db: Database,
) -> None:
    listing = Listing(select(Task), Task.priority, Task.id)
    keys = listing._keys
    with (
        pytest.raises((InvalidCursor, RuleViolated)),
        db.session(ALICE, read_only=True) as session,
    ):
        listing.fetch(session, after=_page_cursors.write(keys, ["high", "not an id"]))


def test_a_cursor_of_an_older_release_is_read() -> None:
    """Clients keep cursors while the app is deployed."""
    cursor = (
        "WyI0M2U1MzIwMTc2NDkiLHsidSI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9"
        "LHsidCI6IjIwMjYtMDEtMDJUMDM6MDQ6MDUuMDAwMDA2KzAwOjAwIn0seyJkIjoiMjAyNi0wMS0wMiJ9"
        "LHsiaCI6IjAzOjA0OjAwIn0seyJuIjoiMS41MCJ9LCJ4Il0"
    )
    assert _page_cursors.read(["a", "b", "c", "d", "e", "f"], cursor) == [
        UUID(int=1),
        dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
        dt.date(2026, 1, 2),
        dt.time(3, 4),
        Decimal("1.50"),
        "x",
    ]


def test_a_cursor_is_not_read_when_it_is_longer_than_any() -> None:
    keys = ["title"]
    one_by_one = (_page_cursors.write(keys, ["x" * n]) for n in range(2950, 3050))
    fits: dict[int, str] = {}
    too_long: dict[int, str] = {}
    for cursor in one_by_one:
        (fits if len(cursor) <= 4000 else too_long)[len(cursor)] = cursor
    assert (max(fits), min(too_long)) == (4000, 4002)
    assert _page_cursors.read(keys, fits[4000])
    with pytest.raises(InvalidCursor):
        _page_cursors.read(keys, too_long[4002])


@pytest.mark.parametrize("size", [0, -1, 501])
def test_a_page_has_a_size(db: Database, size: int) -> None:
    with pytest.raises(MisuseError), db.session(ALICE, read_only=True) as session:
        Listing(select(Task), Task.id).fetch(session, size=size)


def test_keys_must_make_a_total_order() -> None:
    for keys in ((), (Task.position,), (Task.id, Task.position)):
        with pytest.raises(MisuseError, match="last key"):
            Listing(select(Task), *keys)
    for key in (Project.position, text("position"), Task.title + "x"):
        with pytest.raises(MisuseError, match="is no column"):
            Listing(select(Task), key, Task.id)


@given(
    st.lists(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.text()
        | st.uuids()
        | st.dates()
        | st.times()
        | st.datetimes(timezones=st.just(dt.UTC))
        | st.decimals(allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=5,
    )
)
def test_a_cursor_gives_back_what_was_put_in(values: list[object]) -> None:
    keys = [str(n) for n in range(len(values))]
    found = _page_cursors.read(keys, _page_cursors.write(keys, values))
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]
    assert not any(isinstance(each, Decimal) and each.is_nan() for each in found)
