"""The database's functions as callables, as the application's role."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, select

from tests.python.security.people import ALICE
from todo_models import Task, functions

HOME = UUID("a0000000-0000-7000-8000-100000000000")
OLD = UUID("a0000000-0000-7000-8000-200000000000")
PARENT = UUID("a0000000-0000-7000-8000-300000000000")


def test_arguments_and_results_have_their_types(alice: Session) -> None:
    assert functions.current_user_id(alice) == ALICE
    assert functions.fold_name(alice, " \uff21pfel ") == "apfel"
    assert functions.is_time_zone(alice, "Europe/Berlin") is True
    assert functions.is_task_transition(alice, "todo", "done") is True
    assert functions.uuid_v7(alice).version == 7
    first = functions.position_between(alice, None, None)
    assert first is not None
    second = functions.position_between(alice, None, first)
    assert second is not None and second < first


def test_what_was_left_out_has_its_default(alice: Session) -> None:
    moved = functions.move_task(alice, PARENT, OLD)
    assert moved == 3
    alice.expire_all()
    rows = alice.exec(select(Task).where(Task.project_id == OLD)).all()
    assert [row.parent_id for row in rows].count(None) == 1
    assert functions.move_task(alice.connection(), PARENT, HOME, parent_id=None) == 3


def test_a_function_of_another_role_is_refused(alice: Session) -> None:
    alice.execute(text("set local role todo_auth"))
    with pytest.raises(ProgrammingError, match="permission denied"):
        functions.is_time_zone(alice, "UTC")
