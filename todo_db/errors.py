"""What can go wrong, as types that are ready for an HTTP status.

SQLSTATE and constraint name decide, never the text of a message, which changes with the
language of the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg


class TodoError(Exception):
    """The base of every error of this package.

    Attributes:
        http_status: what an API answers when it does not catch the error.
        sqlstate: the five characters of PostgreSQL, None where it said nothing.
        constraint: the name of the violated constraint, if there is one.
        table: the name of the table that it belongs to, if there is one.
        retryable: whether nothing was committed and the same work may succeed later.
        row: the number of the row of a batch (`todo_db.bulk`), counted from 0; None for
            anything else, and until the session has ended.
    """

    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    row: int | None = None

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str | None = None,
        constraint: str | None = None,
        table: str | None = None,
    ) -> None:
        super().__init__(message)
        self.sqlstate, self.constraint, self.table = sqlstate, constraint, table

    def __str__(self) -> str:
        """Return the message, and the row of a batch that it is about."""
        message = super().__str__()
        return message if self.row is None else f"row {self.row}: {message}"


# Found before or without a statement.
class SettingsError(TodoError):
    """The environment names no usable database or key; the text names the variable."""


class MisuseError(TodoError):
    """The program uses this package in a way that would be unsafe or silently wrong."""


class ReadOnly(MisuseError):
    """A write in a session that was opened for reading."""


class StartupError(TodoError):
    """The database is not the one that this program may run on."""


class PoolExhausted(TodoError):
    """Every connection was in use for as long as a caller may wait."""

    http_status = 503


class InvalidCursor(TodoError):
    """A page cursor that this listing did not give out."""

    http_status = 400


class PasswordUnusable(TodoError):
    """An empty password, or one that is longer than any password."""

    http_status = 422


class DecryptionFailed(TodoError):
    """A ciphertext that was changed or moved to another field, or whose key is gone."""


# Said by the database.
class IdentityRefused(TodoError):
    """The database does not accept the token: expired, forged, for something else."""

    http_status = 401


class Forbidden(TodoError):
    """The row, column or function is not this user's to touch."""

    http_status = 403


class NotFound(TodoError):
    """No such row in this user's space."""

    http_status = 404


class Conflict(TodoError):
    """Another row already has what must be unique."""

    http_status = 409


class AlreadyDone(Conflict):
    """The command of this id was committed before."""


class QuotaExceeded(Conflict):
    """The space holds as much of it as it may; something must go first."""


@dataclass(frozen=True, slots=True)
class StaleRow:
    """A row that is not as it was read.

    Attributes:
        table: where it stands.
        id: its id in the user's space.
        version: the one that it has now; None if it is gone.
        changed: the attributes that differ from what was read; None if that is not
            known, since the program gave a version alone, or the row is gone.
    """

    table: str
    id: UUID
    version: int | None
    changed: frozenset[str] | None


class StaleVersion(Conflict):
    """Somebody changed the row since it was read.

    Attributes:
        rows: the rows concerned, as far as the program had read them; filled in when
            the session has ended.
    """

    rows: tuple[StaleRow, ...] = ()


class InvalidTransition(Conflict):
    """The task cannot go from its status to the wanted one."""


class MissingReference(TodoError):
    """A reference names a row that does not exist in this user's space."""

    http_status = 422


class RuleViolated(TodoError):
    """A value breaks a rule of the schema; `constraint` names it."""

    http_status = 422


class TransactionConflict(TodoError):
    """Two transactions stood in each other's way; the same work may succeed again."""

    http_status = 503
    retryable = True


class TooSlow(TodoError):
    """The statement, or its wait for a lock, took longer than it may."""

    http_status = 504


class Unavailable(TodoError):
    """The database cannot be reached, or went away before anything was committed."""

    http_status = 503
    retryable = True


class CommitOutcomeUnknown(TodoError):
    """The connection was lost during COMMIT: the work may be done or not.

    Never repeated by itself: only the caller knows how to ask what happened.
    """

    http_status = 503


class Unexpected(TodoError):
    """An error of the database that a correct program does not meet."""


_BY_SQLSTATE: Final[dict[str, type[TodoError]]] = {
    "28000": IdentityRefused,
    "42501": Forbidden,
    "P0002": NotFound,
    "TD409": StaleVersion,
    "53400": QuotaExceeded,
    "25006": ReadOnly,
    "23505": Conflict,
    "23P01": Conflict,
    "23503": MissingReference,
    "23502": RuleViolated,
    "23514": RuleViolated,
    "40001": TransactionConflict,
    "40P01": TransactionConflict,
    "55P03": TooSlow,
    "57014": TooSlow,
    "53300": Unavailable,
    "57P01": Unavailable,
    "57P02": Unavailable,
    "57P03": Unavailable,
    "57P05": Unavailable,
}
_BY_CLASS: Final[dict[str, type[TodoError]]] = {
    "08": Unavailable,
    "22": RuleViolated,
}
_BY_CONSTRAINT: Final[dict[str, type[TodoError]]] = {
    "commands_pkey": AlreadyDone,
    "tasks_status_transition_is_allowed": InvalidTransition,
}


def from_driver(error: psycopg.Error, *, lost: bool) -> TodoError:
    """Return the typed error for *error* of the driver.

    Args:
        error: what psycopg raised, for anything but a COMMIT of unknown outcome.
        lost: whether the connection is gone; a loss has no SQLSTATE in psycopg.
    """
    from psycopg import DataError

    state, diag = error.sqlstate, error.diag
    kind = _BY_CONSTRAINT.get(diag.constraint_name or "")
    if kind is None and state is not None:
        kind = _BY_SQLSTATE.get(state) or _BY_CLASS.get(state[:2])
    if kind is None and lost:
        kind = Unavailable
    elif kind is None:  # psycopg refuses some values by itself: a NUL, a huge number
        kind = RuleViolated if isinstance(error, DataError) else Unexpected
    # The schema's own hints say what to do instead; none has a value in it.
    parts = [text for text in (diag.message_primary, diag.message_hint) if text]
    return kind(
        "; ".join(parts) or str(error),
        sqlstate=state,
        constraint=diag.constraint_name,
        table=diag.table_name,
    )
