"""Adds `user_id = <me>`, and not the trash, to everything that the ORM asks or changes.

Row-level security decides whose rows they are anyway. The plain predicate tells the
planner whose are wanted, so that the policy becomes one check in front of an index
scan, planned for this user's real size.

What is in the trash is left out, of queries, of relationships and of bulk updates,
unless the statement asks for it: `execution_options(include_deleted=True)`. A row that
is held is read again wherever it is: SQLAlchemy adds no criteria to a refresh.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, true
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.orm.interfaces import UserDefinedOption
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import ORMExecuteState
    from sqlalchemy.sql.expression import ColumnElement

# Set before each execution, which reads it at once: a session may be used by a thread
# or task other than the one that made it.
_me: Final[ContextVar[UUID]] = ContextVar("todo_db_owner")

# One expression for all users, so that each statement is compiled once.
_OWNER: Final = bindparam("todo_db_owner", callable_=_me.get, type_=Uuid())


def _is_mine(model: Any) -> ColumnElement[bool]:
    """Return the predicate for *model*: every table has a space, a person is one."""
    if hasattr(model, "user_id"):
        owner = model.user_id
    elif getattr(model, "__tablename__", None) == "users":
        owner = model.id
    else:
        return true()
    predicate: ColumnElement[bool] = owner == _OWNER
    return predicate


def _is_mine_and_live(model: Any) -> ColumnElement[bool]:
    """Return the predicate for *model* without what is in the trash."""
    mine = _is_mine(model)
    return (
        and_(mine, model.deleted_at.is_(None)) if hasattr(model, "deleted_at") else mine
    )


def _criteria(predicate: Callable[[Any], ColumnElement[bool]]) -> Any:
    return with_loader_criteria(
        SQLModel,
        predicate,
        include_aliases=True,
        # The expression is the same at all times, so there is nothing to track.
        track_closure_variables=False,
    )


_MINE: Final = _criteria(_is_mine)
_MINE_AND_LIVE: Final = _criteria(_is_mine_and_live)


class _Narrowed(UserDefinedOption):
    """Travels with the predicate to what is loaded for a row, and tells of it."""

    propagate_to_loaders = True


_NARROWED: Final = _Narrowed()


def narrow(owner: UUID, state: ORMExecuteState) -> None:
    """Give the statement of *state* the predicate for *owner*, if the ORM made it."""
    if not (state.is_select or state.is_update or state.is_delete):
        return
    _me.set(owner)
    # A row that was loaded brings the predicate with it, a row that was made does not.
    if state.is_relationship_load and _is_narrowed(state):
        return
    everywhere = (
        state.execution_options.get("include_deleted")
        or state.is_delete  # what is not in the trash is refused by the database
    )
    predicate = _MINE if everywhere else _MINE_AND_LIVE
    state.statement = state.statement.options(predicate, _NARROWED)


def _is_narrowed(state: ORMExecuteState) -> bool:
    return any(isinstance(each, _Narrowed) for each in state.user_defined_options)
