"""What stands at the beginning of every transaction: modes, role, token, limits.

All of it is local to the transaction. A pooler hands the connection to somebody else
after COMMIT, and nothing may be left on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypedDict
from uuid import UUID

from .errors import MisuseError
from .token import Signer
from .wire import Opening

if TYPE_CHECKING:
    from .auth import Call
    from .settings import Settings

Isolation: TypeAlias = Literal["read committed", "repeatable read", "serializable"]

_LEVELS: Final = ("read committed", "repeatable read", "serializable")

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
        limits = {
            "statement_timeout": settings.statement_timeout,
            "lock_timeout": settings.lock_timeout,
        }
        given = {name: limit for name, limit in limits.items() if limit is not None}
        self._limits = [b"%dms" % round(limit * 1000) for limit in given.values()]
        self._write = _settings(["role", "app.token", *given])
        self._read = _settings(["role", "app.token", *given, "transaction_read_only"])

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
        values = (b"todo_user", token, *self._limits)
        begin = f"begin isolation level {isolation}".encode()
        if read_only:
            lasts = isolation != "read committed"
            return Opening(begin, ((self._read, (*values, b"on")),), lasts)
        if command_id is None:
            return Opening(begin, ((self._write, values),), told=told)
        key = (str(user_id).encode(), str(command_id).encode())
        return Opening(begin, ((self._write, values), (_CLAIM, key)), told=told)

    def for_call(self, call: Call, now: float) -> Opening:
        """Return the opening of the transaction of *call*, as `for_user` does."""
        token = self._signer.for_call(call.function, call.arguments[0], now)
        values = (b"todo_auth", token.encode(), *self._limits)
        return Opening(b"begin", ((self._write, values),))


def _settings(names: list[str]) -> bytes:
    calls = (f"set_config('{name}', ${n}, true)" for n, name in enumerate(names, 1))
    return f"select {', '.join(calls)}".encode()
