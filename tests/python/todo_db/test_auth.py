"""`auth` calls the functions of `app_auth` as they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

import psycopg

from todo_db import auth
from todo_db.auth import Call

_TYPES: Final = {"str": "text", "bytes": "bytea"}
_FUNCTIONS: Final = """
select p.proname, array(select format_type(t, null) from unnest(p.proargtypes) as t)
from pg_proc as p
where p.pronamespace = 'app_auth'::regnamespace
and has_function_privilege('todo_auth', p.oid, 'execute')
"""


def call_of(flow: Callable[..., Any]) -> tuple[str, list[str]]:
    """Return the name and the types of what *flow* calls."""
    kinds = {
        n: str(p.annotation) for n, p in inspect.signature(flow).parameters.items()
    }
    values = {n: n if kind == "str" else n.encode() for n, kind in kinds.items()}
    call: Call = next(flow(**values))
    names = [v if isinstance(v, str) else v.decode() for v in call.arguments]
    return call.function, [_TYPES[kinds[name]] for name in names]


def test_every_function_is_called_with_its_arguments(admin_url: str) -> None:
    with psycopg.connect(admin_url) as connection:
        found = {name: types for name, types in connection.execute(_FUNCTIONS)}
    flows = [f for _, f in inspect.getmembers(auth, inspect.isgeneratorfunction)]
    assert dict(map(call_of, flows)) == found
