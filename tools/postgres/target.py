"""Whether the database of DATABASE_URL can be migrated, asked with one connection.

A wrong address, a pooled host, a wrong password or an old server each get one message
that names the next step, before anything is changed. No message shows the password.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tools.console import Failure
from tools.postgres import neon
from tools.postgres.binaries import OLDEST

CONNECT_SECONDS: Final = 10  # a suspended Neon compute wakes within a few seconds


class Reason(StrEnum):
    """Why a database cannot be worked on."""

    UNREADABLE = "the address cannot be read"
    POOLED = "a pooler stands in front of it"
    UNREACHABLE = "no server answers"
    PASSWORD = "the password is wrong"  # noqa: S105 - a message
    NO_PASSWORD = "no password is given"  # noqa: S105 - a message
    NO_ENTRY = "the server lets this login not in"
    NO_CONNECT = "this login may not connect to it"
    NO_DATABASE = "the database does not exist"
    ENCRYPTION = "client and server do not agree on TLS"
    BUSY = "the server takes no connections now"
    TOO_OLD = "the server is too old"
    READ_ONLY = "it cannot be written"
    OTHER = "the connection failed"


class Unusable(Failure):
    """A database that cannot be worked on, and why.

    Attributes:
        reason: what kind of obstacle it is.
    """

    def __init__(self, reason: Reason, detail: str, where: str, next: str) -> None:
        super().__init__(f"{reason.value}: {detail}", where=where, next=next)
        self.reason = reason


# What libpq and the server say, as far as they say it in English: a connection that was
# never made has no SQLSTATE. The order matters, the first that matches counts.
_SAID: Final = (
    (r"password authentication failed", Reason.PASSWORD),
    (r"no password supplied", Reason.NO_PASSWORD),
    (r"database \".*\" does not exist", Reason.NO_DATABASE),
    (r"permission denied for database", Reason.NO_CONNECT),
    (r"no pg_hba\.conf entry|role \".*\" does not exist", Reason.NO_ENTRY),
    (r"role \".*\" is not permitted", Reason.NO_ENTRY),
    (r"too many (clients|connections)|remaining connection slots", Reason.BUSY),
    (r"database system is (starting up|shutting down|not yet)", Reason.BUSY),
    (r"certificate|SSL|channel binding", Reason.ENCRYPTION),
    (r"resolve host|translate host|refused|No such file|timeout|timed out|unreachable",
     Reason.UNREACHABLE),
    (r"server closed the connection", Reason.UNREACHABLE),
)  # fmt: skip
_NEXT: Final = {
    Reason.UNREADABLE: "DATABASE_URL=postgresql://user:password@host:5432/database "
    "(percent-encode special characters of the password)",
    Reason.UNREACHABLE: "check host, port and network of DATABASE_URL: "
    'psql "$DATABASE_URL"; or unset it to use the private server',
    Reason.PASSWORD: "correct the password in DATABASE_URL (percent-encode its special "
    "characters)",
    Reason.NO_PASSWORD: "put the password into DATABASE_URL, or into ~/.pgpass",
    Reason.NO_ENTRY: "check the user of DATABASE_URL, and the server's pg_hba.conf",
    Reason.NO_CONNECT: "as the owner of the database: grant connect on database … to"
    " the user of DATABASE_URL; then run the same command again",
    Reason.NO_DATABASE: "create it, or correct the name in DATABASE_URL",
    Reason.ENCRYPTION: "check sslmode in DATABASE_URL; Neon wants "
    "sslmode=require&channel_binding=require",
    Reason.BUSY: "wait a moment, then run the same command again",
    Reason.OTHER: 'try it with psql: psql "$DATABASE_URL"',
}


def given_url() -> str | None:
    """Return DATABASE_URL; None where it is not set, which means the private server.

    Raises:
        Failure: it is set and empty, as after a secret that was not found.
    """
    given = os.environ.get("DATABASE_URL")
    if given is None or given.strip():
        return given
    raise Failure(
        "DATABASE_URL is set and empty",
        where="the environment",
        next="give it an address; or unset DATABASE_URL, which means the private"
        " server of the checkout",
        status=2,
    )


def check_target(url: str) -> None:
    """Connect once to *url* and refuse a database that cannot be migrated.

    Args:
        url: address for libpq, or of SQLAlchemy's form `postgresql+psycopg://…`.

    Raises:
        Unusable: with the reason and the next step.
    """
    options = _options(url)
    where = describe(url)
    _refuse_pooler(options, where)
    try:
        connection = psycopg.connect(
            libpq_url(url),
            connect_timeout=int(options.get("connect_timeout", CONNECT_SECONDS)),
            application_name="todo-db check",
        )
    except psycopg.Error as error:
        raise _explain(error, where) from error
    with connection:
        _check_server(connection, where)


def libpq_url(url: str) -> str:
    """Take the driver out of an address of SQLAlchemy's form."""
    return re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", url)


def describe(url: str) -> str:
    """Name the database of *url* as user@host:port/database, without its password."""
    options = _options(url)
    host = options.get("host") or os.environ.get("PGHOST") or "the local socket"
    port = options.get("port") or os.environ.get("PGPORT") or "5432"
    user = options.get("user") or os.environ.get("PGUSER") or "the system's user"
    return f"{user}@{host}:{port}/{options.get('dbname') or user}"


def describe_session(connection: psycopg.Connection[Any]) -> str:
    """Name the database that *connection* leads to, in the same way."""
    info = connection.info
    return f"{info.user}@{info.host}:{info.port}/{info.dbname}"


def _options(url: str) -> dict[str, str]:
    try:
        read = conninfo_to_dict(libpq_url(url))
    except psycopg.Error:
        # The reason quotes the address, and with it the password: it is not shown.
        raise Unusable(
            Reason.UNREADABLE,
            "it is no address of a PostgreSQL database",
            where="DATABASE_URL",
            next=_NEXT[Reason.UNREADABLE],
        ) from None
    return {key: str(text) for key, text in read.items() if text is not None}


def _refuse_pooler(options: dict[str, str], where: str) -> None:
    """Refuse a Neon host that leads through PgBouncer in transaction mode.

    A migration needs a session: for its advisory lock and its settings.
    """
    for host in options.get("host", os.environ.get("PGHOST", "")).split(","):
        direct = neon.direct(host)
        if direct != host:
            raise Unusable(
                Reason.POOLED,
                f"{host} hands each transaction to another session",
                where=where,
                next=f"put the direct host into DATABASE_URL: {direct}",
            )


def _check_server(connection: psycopg.Connection, where: str) -> None:
    number = connection.info.server_version
    if number // 10_000 < OLDEST:
        raise Unusable(
            Reason.TOO_OLD,
            f"PostgreSQL {number // 10_000}; {OLDEST} to 18 are supported",
            where=where,
            next="upgrade the server, or choose another in DATABASE_URL",
        )
    row = connection.execute(
        "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'"
    ).fetchone()
    if row is not None and any(row):
        raise Unusable(
            Reason.READ_ONLY,
            "it is a standby" if row[0] else "its transactions are read-only",
            where=where,
            next="put the primary into DATABASE_URL",
        )


def _explain(error: psycopg.Error, where: str) -> Unusable:
    said = str(error)
    for pattern, found in _SAID:
        if re.search(pattern, said):
            reason = found
            break
    else:
        pgconn = error.pgconn  # a server that speaks another language than English
        rejected = pgconn is not None and pgconn.used_password
        reason = Reason.PASSWORD if rejected else Reason.OTHER
    detail = said.splitlines()[0]
    for prefix in (
        r"connection (failed|is bad): ",
        r"connection to server .* failed: ",
    ):
        detail = re.sub(f"^{prefix}", "", detail)  # `where` says it
    return Unusable(reason, detail, where=where, next=_NEXT[reason])
