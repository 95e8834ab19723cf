"""The signing keys in the database: which are live, one more, one less.

A key reaches the server by COPY, so it is in no SQL text, hence in no log.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection

from tools.console import Failure
from tools.project import OWNER

_BLOCK: Final = 64  # bytes of an HMAC-SHA256 block (RFC 2104)
_LIVE: Final = """
select key_id, created_at from app_private.signing_keys
where retired_at is null order by key_id
"""
_PADS: Final = """
select inner_pad, outer_pad from app_private.signing_keys
where key_id = %s and retired_at is null
"""


@dataclass(frozen=True)
class Live:
    """A key whose tokens are taken."""

    number: int
    created_at: datetime

    def __str__(self) -> str:
        return f"{self.number} (since {self.created_at:%Y-%m-%d %H:%M %Z})"


def live(connection: Connection[Any]) -> list[Live]:
    """Return the keys in use, the oldest first."""
    with connection.transaction():
        connection.execute(f"set local role {OWNER}")
        rows = connection.execute(_LIVE).fetchall()
        connection.execute("set local role none")
    return [Live(*row) for row in rows]


def number(key: str) -> str:
    """Return the number of *key* (`<key id>:<hex>`); empty for no key."""
    return key.partition(":")[0]


def add_key(connection: Connection[Any]) -> str:
    """Put a new signing key into the database and return it as `<key id>:<hex>`."""
    secret = secrets.token_bytes(32)
    inner, outer = pads(secret)
    with connection.transaction():
        connection.execute(f"set local role {OWNER}")
        row = connection.execute(
            "select coalesce(max(key_id), 0) + 1 from app_private.signing_keys"
        ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate always gives a row
        copy = "copy app_private.signing_keys (key_id, inner_pad, outer_pad) from stdin"
        with connection.cursor().copy(copy) as rows:
            rows.write_row((row[0], inner, outer))
        connection.execute("set local role none")
    return f"{row[0]}:{secret.hex()}"


def retire_key(connection: Connection[Any], key_id: int, own: str = "") -> None:
    """Stop taking tokens of a key at once.

    Args:
        connection: to the database.
        key_id: of the key.
        own: the key in the app's file, which is not to be retired.

    Raises:
        Failure: there is no such key in use, it is the last one, or the app's own.
    """
    found = live(connection)
    if key_id not in [key.number for key in found]:
        raise Failure(
            f"there is no signing key {key_id} in use",
            where="app_private.signing_keys",
            next=f"in use: {', '.join(map(str, found)) or 'none'}",
        )
    if len(found) == 1 or number(own) == str(key_id):
        why = "is the only one" if len(found) == 1 else "is the one in .env"
        raise Failure(
            f"signing key {key_id} {why}: without it the app gets nobody in",
            next=f"make rotate, deploy .env, then make credentials retire={key_id}",
        )
    with connection.transaction():
        connection.execute(f"set local role {OWNER}")
        connection.execute(
            "update app_private.signing_keys set retired_at = now() where key_id = %s",
            (key_id,),
        )
        connection.execute("set local role none")


def is_live(connection: Connection[Any], key: str) -> bool:
    """Whether *key* (`<key id>:<hex>`) is in the database and not retired."""
    key_id, _, text = key.partition(":")
    try:
        wanted = pads(bytes.fromhex(text))
        number = int(key_id)
    except ValueError:
        return False
    with connection.transaction():
        connection.execute(f"set local role {OWNER}")
        row = connection.execute(_PADS, (number,)).fetchone()
        connection.execute("set local role none")
    return row is not None and (bytes(row[0]), bytes(row[1])) == wanted


def pads(secret: bytes) -> tuple[bytes, bytes]:
    """Fill *secret* to one block, xor-ed with the two constants of RFC 2104."""
    block = secret.ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
