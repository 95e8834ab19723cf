"""Alice and Bob, and how the backend becomes one of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final
from uuid import UUID

import psycopg

from todo_db._identity.token import Signer
from todo_db.settings import SigningKey

ALICE: Final = UUID("a0000000-0000-7000-8000-000000000000")
BOB: Final = UUID("b0000000-0000-7000-8000-000000000000")
SIGNER: Final = Signer(SigningKey(1, bytes.fromhex("a7" * 32)))

Acting = Callable[[UUID | None], AbstractContextManager[psycopg.Connection]]


def become(connection: psycopg.Connection, who: UUID | None) -> None:
    """Set role and token for the open transaction; None shows no token."""
    token = "" if who is None else SIGNER.for_user(who)
    connection.execute(
        "select set_config('role', 'todo_user', true),"
        " set_config('app.token', %s, true)",
        (token,),
    )
