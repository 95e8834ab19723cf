"""Cursors: where a page ended, as text that a client gives back unread.

A cursor is bound to the keys of its listing. It grants nothing: whatever a made-up one
says, a query returns rows of the session's user alone.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from .errors import InvalidCursor

_LONGEST: Final = 4000  # characters

# How values of a type become text and values again; the others are their own JSON.
_FORMS: Final[dict[type, tuple[str, Callable[[Any], str], Callable[[str], Any]]]] = {
    UUID: ("u", str, UUID),
    dt.datetime: ("t", dt.datetime.isoformat, dt.datetime.fromisoformat),
    dt.date: ("d", dt.date.isoformat, dt.date.fromisoformat),
    dt.time: ("h", dt.time.isoformat, dt.time.fromisoformat),
    Decimal: ("n", str, Decimal),
}
_READERS: Final = {mark: read for mark, _, read in _FORMS.values()}


def write(keys: Sequence[object], values: Sequence[object]) -> str:
    """Return the cursor of a row that has *values* in *keys*."""
    text = json.dumps([_mark(keys), *map(_to_json, values)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read(keys: Sequence[object], cursor: str) -> list[object]:
    """Return the values that *cursor* holds.

    Raises:
        InvalidCursor: it is none, or one of a listing with other keys.
    """
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        mark, *values = json.loads(text)
        if mark != _mark(keys) or len(values) != len(keys):
            raise ValueError
        return [_from_json(value) for value in values]
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError) as error:
        raise InvalidCursor("this listing did not give out such a cursor") from error


def _mark(keys: Sequence[object]) -> str:
    return hashlib.sha256("\0".join(map(str, keys)).encode()).hexdigest()[:12]


def _to_json(value: object) -> object:
    form = _FORMS.get(type(value))
    if form is None:
        plain = value.value if hasattr(value, "value") else value  # a member of an enum
        return plain
    mark, to_text, _ = form
    return {mark: to_text(value)}


def _from_json(value: Any) -> object:
    if isinstance(value, dict):
        ((mark, text),) = value.items()
        return _READERS[mark](text)
    if isinstance(value, list):
        raise ValueError
    return value
