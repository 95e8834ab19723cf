"""The app's address of a database: made from the migrating login's, and tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import URL

from tools.postgres import neon
from tools.project import LOGIN

_SECONDS: Final = 5
# The same in two sessions of one database of one server, whatever its name is.
_IDENTITY: Final = """
select d.oid::text || ' ' || pg_catalog.pg_postmaster_start_time()::text, session_user
from pg_catalog.pg_database as d where d.datname = current_database()
"""


@dataclass(frozen=True)
class Answer:
    """What came of logging in with an address.

    Args:
        database: which one answered, None if none did.
        user: who the server says that this is.
        error: why there was no answer, on one line.
    """

    database: str | None = None
    user: str | None = None
    error: str = ""


def app_url(url: str, password: str) -> str:
    """Turn the migrating login's address into the app's, by Neon's pooler there."""
    return login_url(url, LOGIN, password, pooled=True)


def login_url(url: str, login: str, password: str, *, pooled: bool = False) -> str:
    """Turn the migrating login's address into another's, host and options kept.

    Without `&` as far as possible: a shell that reads the file ends the line there.

    Args:
        url: of the migrating login.
        login: whose address is wanted.
        password: of that login.
        pooled: whether it goes through Neon's pooler, where the host is Neon's.
    """
    parts = conninfo_to_dict(url)
    host, port = str(parts.pop("host", "") or ""), parts.pop("port", None)
    database = str(parts.pop("dbname", "") or "")
    for own in ("user", "password", "application_name", "connect_timeout"):
        parts.pop(own, None)
    query = {name: str(value) for name, value in parts.items() if value is not None}
    if pooled and host.endswith(".neon.tech"):
        host = neon.pooled(host)
        query.pop("channel_binding", None)  # todo_db requires it there anyway
    made = URL.create(
        "postgresql",
        username=login,
        password=password,
        host=quote(host, safe="") or None,  # a directory, if it begins with a slash
        port=int(port) if port else None,
        database=database,
        query=query,
    )
    return made.render_as_string(hide_password=False).replace(" ", "%20")


def password(url: str) -> str:
    """Return the password in *url*; empty where there is none."""
    return _part(url, "password")


def same(one: str, other: str) -> bool:
    """Whether two addresses name one database, as far as their text tells."""
    return _names(one) == _names(other)


def vanished(url: str) -> bool:
    """Whether *url* names a socket in a directory that is not there any more.

    So it is after a checkout was moved: its server listens elsewhere.
    """
    host = _part(url, "host")
    return host.startswith("/") and not Path(host).exists()


def identity(connection: Connection[Any]) -> str:
    """Return what tells this database of this server from every other."""
    row = connection.execute(_IDENTITY).fetchone()
    return str(row[0]) if row else ""


def ask(url: str) -> Answer:
    """Log in at *url*; say which database answered, or why none did."""
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS) as app:
            row = app.execute(_IDENTITY).fetchone()
    except psycopg.Error as error:
        return Answer(error=str(error).strip().splitlines()[0])
    return Answer(*row) if row else Answer(error="it says nothing about itself")


def _part(url: str, name: str) -> str:
    try:
        return str(conninfo_to_dict(url).get(name) or "")
    except psycopg.Error:
        return ""


def _names(url: str) -> tuple[str, str, str]:
    host = neon.direct(_part(url, "host"))
    return host, _part(url, "port") or "5432", _part(url, "dbname")
