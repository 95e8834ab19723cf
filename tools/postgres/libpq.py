"""An address as libpq's variables, so that no password stands on a command line."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import Conninfo


def variables(connection: psycopg.Connection[Any], **changed: str) -> dict[str, str]:
    """Give PGHOST, PGUSER, PGPASSWORD, … for children that go where *connection* went.

    Args:
        connection: an open one; what it took from PG* or a password file is included.
        changed: settings of libpq that are to be others, such as `dbname`.
    """
    info = connection.info
    found = {**info.get_parameters(), "host": info.host, "port": str(info.port)}
    found |= {"password": info.password} if info.password else {}
    found |= changed
    names = {
        option.keyword.decode(): option.envvar.decode()
        for option in Conninfo.get_defaults()
        if option.envvar
    }
    return {names[key]: text for key, text in found.items() if key in names}
