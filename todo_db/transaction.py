"""How a transaction is to be: what `Database.session` and `Database.run` take."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, TypedDict, get_args
from uuid import UUID

from .errors import MisuseError

Isolation: TypeAlias = Literal["read committed", "repeatable read", "serializable"]

DEFAULT_ISOLATION: Final[Isolation] = "read committed"
_LEVELS: Final[tuple[str, ...]] = get_args(Isolation)


class TransactionOptions(TypedDict, total=False):
    """How a transaction is to be.

    Attributes:
        read_only: refuse every write. At the default isolation level each statement
            is then a transaction of its own, which takes one round trip instead of
            two; ask for `repeatable read` where several must see the same state.
        isolation: the isolation level, `read committed` by default.
        command_id: makes the transaction one that is committed at most once.
        min_lsn: a position in the write-ahead log, from `Database.last_write_lsn` of
            any process: a read-only session reads from no server that has not got
            that far.
    """

    read_only: bool
    isolation: Isolation
    command_id: UUID | None
    min_lsn: str | None


def check_options(options: TransactionOptions) -> None:
    """Refuse *options* that contradict themselves.

    Raises:
        MisuseError: there is no such isolation level, or a command that writes nothing.
    """
    if options.get("isolation", DEFAULT_ISOLATION) not in _LEVELS:
        raise MisuseError(f"isolation must be one of {', '.join(_LEVELS)}")
    if options.get("read_only") and options.get("command_id"):
        raise MisuseError("a read-only session does no command")
