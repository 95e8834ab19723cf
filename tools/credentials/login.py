"""The app's login: what is known of its password, and a new one.

A role belongs to the whole server. Whoever sets its password sets it for the apps of
all databases there, so what is known about it is looked at first.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import Connection, sql

from tools.console import Failure
from tools.postgres.target import describe_session
from tools.project import LOGIN

# VALID UNTIL is what everybody may read of a password: it is set together with one.
_ROLE: Final = """
select r.rolvaliduntil is not null,
    (select s.rolsuper from pg_catalog.pg_roles as s where s.rolname = current_user),
    pg_catalog.shobj_description(r.oid, 'pg_authid')
from pg_catalog.pg_roles as r where r.rolname = %s
"""
_SECRET: Final = "select rolpassword is not null from pg_authid where rolname = %s"  # noqa: S105 - a query
_SESSIONS: Final = """
select datname, count(*) from pg_catalog.pg_stat_activity
where usename = %s group by datname order by datname
"""
_MIGRATED: Final = """
select exists (
    select from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'app_private' and c.relname = 'signing_keys'
),
    exists (
        select from pg_catalog.pg_roles as r where r.rolname = 'todo_owner'
        and pg_catalog.pg_has_role(current_user, r.oid, 'member')
    )
"""


@dataclass(frozen=True)
class Role:
    """What is known of the login.

    Args:
        has_password: as far as this login may know.
        sessions: that are open now, by database.
        comment: on the role.
    """

    has_password: bool
    sessions: dict[str, int]
    comment: str | None

    @property
    def open(self) -> str:
        """Its open sessions in words; empty where there are none."""
        if not self.sessions:
            return ""
        names = ", ".join(f"{count} in {name}" for name, count in self.sessions.items())
        return f"sessions of {LOGIN} open now: {names}"


def look(connection: Connection[Any]) -> Role:
    """Say what is known of the login; nothing is changed.

    Raises:
        Failure: the database is not migrated, or this login did not migrate it.
    """
    row = connection.execute(_ROLE, [LOGIN]).fetchone()
    keys, owner = connection.execute(_MIGRATED).fetchall()[0]
    where = describe_session(connection)
    if row is None or not keys:
        elsewhere = (
            f" (the role {LOGIN} is there: it is the server's, and another database"
            " has been migrated)"
        )
        raise Failure(
            "the migrations are not applied to this database"
            f"{elsewhere if row else ''}; nothing was changed",
            where=where,
            next="make migrate; or correct DATABASE_URL",
        )
    if not owner:
        raise Failure(
            f"login {connection.info.user} is no member of todo_owner; nothing was"
            " changed",
            where=where,
            next="run it as the login that migrated this database",
        )
    marked, superuser, comment = row
    sessions = dict(connection.execute(_SESSIONS, [LOGIN]).fetchall())
    if superuser:
        secret = connection.execute(_SECRET, [LOGIN]).fetchone()
        marked = bool(secret and secret[0])
    return Role(bool(marked) or bool(sessions), sessions, comment)


def lock(connection: Connection[Any], role: Role) -> None:
    """Keep other runs, in whichever database, from the role until the transaction ends.

    An advisory lock holds in one database only. COMMENT ON ROLE locks the role itself,
    and says here what it said before.

    Raises:
        Failure: this login may not change the role.
    """
    statement = sql.SQL("comment on role {} is {}")
    connection.execute("set local lock_timeout = '2s'")
    with _permission(connection):
        connection.execute(statement.format(sql.Identifier(LOGIN), role.comment))


def set_password(
    connection: Connection[Any], password: str | None = None, login: str = LOGIN
) -> str:
    """Give a login a password, a new random one unless told; return it.

    It travels as a SCRAM verifier, so that it is in no log.

    Raises:
        Failure: this login may not do it.
    """
    password = password or secrets.token_urlsafe(32)
    verifier = connection.pgconn.encrypt_password(
        password.encode(), login.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("alter role {} password {} valid until 'infinity'")
    role = sql.Identifier(login)
    with _permission(connection, login):
        try:
            with connection.transaction():
                connection.execute(statement.format(role, verifier))
        except psycopg.DatabaseError as error:
            if "plaintext" not in str(error):
                raise
            # Neon measures the entropy itself and takes no verifier.
            connection.execute(statement.format(role, password))
    return password


@contextmanager
def _permission(connection: Connection[Any], login: str = LOGIN) -> Iterator[None]:
    """Say what to do where the server does not let this login change the role."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failure(
            f"login {connection.info.user} may not set the password of {login};"
            " nothing was changed",
            where=describe_session(connection),
            next="run it as the login that migrated, which has CREATEROLE",
        ) from error
