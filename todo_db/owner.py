"""Adds `user_id = <me>` to everything that the ORM asks or changes.

Row-level security decides anyway. The plain predicate tells the planner whose rows are
wanted, so that the policy becomes one check in front of an index scan, planned for this
user's real size.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, true
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.orm.interfaces import UserDefinedOption
from sqlmodel import SQLModel

if TYPE_CHECKING:
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


_MINE: Final = with_loader_criteria(
    SQLModel,
    _is_mine,
    include_aliases=True,
    # The expression is the same at all times, so there is nothing to track.
    track_closure_variables=False,
)


class _Narrowed(UserDefinedOption):
    """Travels with `_MINE` to what is loaded for a loaded row, and tells of it."""

    propagate_to_loaders = True


_NARROWED: Final = _Narrowed()


def narrow(owner: UUID, state: ORMExecuteState) -> None:
    """Give the statement of *state* the predicate for *owner*, if the ORM made it."""
    if not (state.is_select or state.is_update or state.is_delete):
        return
    _me.set(owner)
    # A row that was loaded brings the predicate with it, a row that was made does not.
    if not (state.is_relationship_load and _is_narrowed(state)):
        state.statement = state.statement.options(_MINE, _NARROWED)


def _is_narrowed(state: ORMExecuteState) -> bool:
    return any(isinstance(each, _Narrowed) for each in state.user_defined_options)
