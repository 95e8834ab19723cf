"""What stands at the beginning of every transaction: modes, role, token, limits.

All of it is local to the transaction. A pooler hands the connection to somebody else
after COMMIT, and nothing may be left on it. What somebody else has left on it, `wire`
throws away in the same breath; here every setting is stated that the transaction rests
on, since the login can change its own defaults by `alter role`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict
from uuid import UUID

from .errors import MisuseError
from .token import Signer
from .wire import Opening, Statements

if TYPE_CHECKING:
    from .auth import Call
    from .settings import Settings

Isolation: TypeAlias = Literal["read committed", "repeatable read", "serializable"]

_LEVELS: Final = ("read committed", "repeatable read", "serializable")

# Seconds, as sql/roles.sql has them for a session that does not come through here.
_STATEMENT: Final = 15.0
_LOCK: Final = 5.0

# Role and limits first: whatever follows runs under them.
_BECOME: Final = b"""select
pg_catalog.set_config('role', 'none', false),
pg_catalog.set_config('role', $1, true),
pg_catalog.set_config('app.token', $2, true),
pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
pg_catalog.set_config('statement_timeout', $3, true),
pg_catalog.set_config('lock_timeout', $4, true),
pg_catalog.pg_advisory_unlock_all()"""
# 28000 unless the token is good; what todo_auth calls checks its own.
_PERSON: Final = b"select app.pin_settings(), app.authenticate()"
_SETTINGS: Final = b"select app.pin_settings()"

# A key that is there already says that the command was committed; one that another
# transaction is about to commit is waited for. So there is no moment of doubt.
_CLAIM: Final = b"insert into app.commands (user_id, id) values ($1, $2)"


class Modes(TypedDict, total=False):
    """How a transaction is to be.

    Attributes:
        read_only: refuse every write. At the default isolation level each statement
            is then a transaction of its own, which takes one round trip instead of
            two; ask for `repeatable read` where several must see the same state.
        isolation: the isolation level, `read committed` by default.
        command_id: makes the transaction one that is committed at most once.
        after: a position in the WAL, from `Database.position_of` of any process: a
            read-only session reads from no server that is not as far.
    """

    read_only: bool
    isolation: Isolation
    command_id: UUID | None
    after: str | None


def check(modes: Modes) -> None:
    """Refuse *modes* that contradict themselves.

    Raises:
        MisuseError: there is no such isolation level, or a command that writes nothing.
    """
    if modes.get("isolation", _LEVELS[0]) not in _LEVELS:
        raise MisuseError(f"isolation must be one of {', '.join(_LEVELS)}")
    if modes.get("read_only") and modes.get("command_id"):
        raise MisuseError("a read-only session does no command")


class Opener:
    """Makes openings, with the key and limits of *settings*."""

    def __init__(self, settings: Settings) -> None:
        self._signer = Signer(settings.key)
        limits = (
            _STATEMENT
            if settings.statement_timeout is None
            else settings.statement_timeout,
            _LOCK if settings.lock_timeout is None else settings.lock_timeout,
        )
        self._limits = tuple(b"%dms" % round(limit * 1000) for limit in limits)

    def for_user(
        self,
        user_id: UUID,
        now: float,
        *,
        read_only: bool = False,
        isolation: Isolation = "read committed",
        command_id: UUID | None = None,
        after: str | None = None,
        told: Callable[[str], None] | None = None,
    ) -> Opening:
        """Return the opening of a transaction of *user_id* with these `Modes`.

        Args:
            user_id: whose transaction it is.
            now: the server's time in Unix seconds.
            told: is given the transaction's position in the WAL, if it writes.
        """
        token = self._signer.for_user(user_id, now).encode()
        statements = self._statements(b"todo_user", token, _PERSON)
        if read_only:
            lasts = isolation != "read committed"
            return Opening(_begin(isolation, b"read only"), statements, lasts)
        begin = _begin(isolation, b"read write")
        if command_id is None:
            return Opening(begin, statements, told=told)
        key = (str(user_id).encode(), str(command_id).encode())
        return Opening(begin, statements, claim=((_CLAIM, key),), told=told)

    def for_call(self, call: Call, now: float) -> Opening:
        """Return the opening of the transaction of *call*, as `for_user` does."""
        token = self._signer.for_call(call.function, call.arguments[0], now)
        # todo_auth reaches nothing in `app`: todo_user without a token states them.
        states = self._statements(b"todo_user", b"", _SETTINGS)
        become = (_BECOME, (b"todo_auth", token.encode(), *self._limits))
        return Opening(_begin(_LEVELS[0], b"read write"), (*states, become))

    def _statements(self, role: bytes, token: bytes, check: bytes) -> Statements:
        return (_BECOME, (role, token, *self._limits)), (check, ())


def _begin(isolation: str, access: bytes) -> bytes:
    """Return a BEGIN that leaves nothing to the session's defaults."""
    level = isolation.encode()
    return b"begin isolation level %b, %b, not deferrable" % (level, access)
