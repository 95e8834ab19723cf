"""The first statements of every transaction: they set its mode, role, token and limits.

All of it is local to the transaction. A pooler hands the connection to somebody else
after COMMIT, and nothing may be left on it. What somebody else has left on it is reset
by `pipelined_transaction` in the same round trip; here every setting is stated that the
transaction rests on, since the login can change its own defaults by `alter role`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from .._identity.token import Signer
from ..transaction import DEFAULT_ISOLATION, Isolation
from .pipelined_transaction import Preamble, Statements

if TYPE_CHECKING:
    from ..auth import Call
    from ..settings import Settings

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


class PreambleBuilder:
    """Makes preambles, with the key and limits of *settings*."""

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
        isolation: Isolation = DEFAULT_ISOLATION,
        command_id: UUID | None = None,
        min_lsn: str | None = None,
        on_commit: Callable[[str], None] | None = None,
    ) -> Preamble:
        """Return the preamble of a transaction of *user_id*; see `TransactionOptions`.

        Args:
            user_id: whose transaction it is.
            now: the server's time in Unix seconds.
            on_commit: is given the transaction's position in the WAL, if it writes.
        """
        token = self._signer.for_user(user_id, now).encode()
        statements = self._statements(b"todo_user", token, _PERSON)
        if read_only:
            lasts = isolation != DEFAULT_ISOLATION
            return Preamble(_begin(isolation, b"read only"), statements, lasts)
        begin = _begin(isolation, b"read write")
        if command_id is None:
            return Preamble(begin, statements, on_commit=on_commit)
        key = (str(user_id).encode(), str(command_id).encode())
        return Preamble(begin, statements, claim=((_CLAIM, key),), on_commit=on_commit)

    def for_call(self, call: Call, now: float) -> Preamble:
        """Return the preamble of the transaction of *call*, as `for_user` does."""
        token = self._signer.for_call(call.function, call.arguments[0], now)
        # todo_auth reaches nothing in `app`: todo_user without a token states them.
        states = self._statements(b"todo_user", b"", _SETTINGS)
        become = (_BECOME, (b"todo_auth", token.encode(), *self._limits))
        return Preamble(_begin(DEFAULT_ISOLATION, b"read write"), (*states, become))

    def _statements(self, role: bytes, token: bytes, check: bytes) -> Statements:
        return (_BECOME, (role, token, *self._limits)), (check, ())


def _begin(isolation: str, access: bytes) -> bytes:
    """Return a BEGIN that leaves nothing to the session's defaults."""
    level = isolation.encode()
    return b"begin isolation level %b, %b, not deferrable" % (level, access)
