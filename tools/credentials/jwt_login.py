"""Make a login whose `request.jwt.claims` are believed.

    python -m tools.credentials.jwt_login NAME [--note TEXT] [--remove]

For software that verifies a JWT itself and sets the claims on a connection where nobody
else runs SQL text (PostgREST, PostGraphile, Neon's Data API). The login may become
todo_user and nobody else, inherits nothing, has the limits of todo_app, and is listed
in app_private.trusted_jwt_logins. Run again it puts right what was changed; --remove
takes the login, its right to connect and its listing back. `make drift` and
`make posture` are at ease with exactly what this makes.

It sets no password: `\\password NAME` in psql does, without writing it into a log.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg import sql

from tools.console import Failure, run, say
from tools.postgres.server import admin_url
from tools.postgres.target import CONNECT_SECONDS, check_target, describe, libpq_url
from tools.project import OWNER, ROLE

# As sql/roles.sql has them for todo_app.
LIMITS: Final = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
# PostgreSQL 15 finds out by an error whether claims are JSON, which it cannot catch
# inside a parallel plan.
_BEFORE_16: Final = {"max_parallel_workers_per_gather": "0"}
_SIXTEEN: Final = 160_000


def limits(server_version: int) -> dict[str, str]:
    """Give the settings of such a login on a server of that version number."""
    return LIMITS | (_BEFORE_16 if server_version < _SIXTEEN else {})


def ensure(connection: psycopg.Connection, name: str, note: str) -> None:
    """Make the login *name*, or bring it to the state that is wanted.

    Args:
        connection: of whoever migrates; all is done in one transaction.
        name: of the role; one that can do more is refused, not mended.
        note: what it is, and who decided that its claims may be believed.

    Raises:
        Failure: the role is one of ours, has a power, or is a member of others.
    """
    with connection.transaction():
        row = connection.execute(
            "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb"
            " or rolreplication, array(select m.roleid::regrole::text from"
            " pg_auth_members as m where m.member = r.oid)"
            " from pg_roles as r where rolname = %s",
            (name,),
        ).fetchone()
        if name.startswith("todo_") or name == connection.info.user:
            raise _refused(name, "it is a role of the application or your own")
        if row and row[0]:
            raise _refused(name, "it has a power that outranks every policy")
        if row and set(row[1]) - {ROLE}:
            raise _refused(name, f"it is a member of {', '.join(row[1])}")
        login = sql.Identifier(name)
        if row is None:
            connection.execute(sql.SQL("create role {}").format(login))
        for statement in _statements(connection, login):
            connection.execute(statement)
        _list(connection, name, note)


def _statements(
    connection: psycopg.Connection, login: sql.Identifier
) -> list[sql.Composed]:
    version = connection.info.server_version
    option = " with inherit false, set true" if version >= _SIXTEEN else ""
    database = sql.Identifier(connection.info.dbname)
    settings = [
        sql.SQL("alter role {} set {} = {}").format(login, sql.Identifier(key), value)
        for key, value in limits(version).items()
    ]
    return [
        sql.SQL("alter role {} login noinherit nocreatedb nocreaterole").format(login),
        sql.SQL("alter role {} reset all").format(login),
        *settings,
        sql.SQL("grant {} to {}" + option).format(sql.Identifier(ROLE), login),
        sql.SQL("grant connect on database {} to {}").format(database, login),
    ]


def _list(connection: psycopg.Connection, name: str, note: str) -> None:
    connection.execute(f"set local role {OWNER}")
    connection.execute(
        "insert into app_private.trusted_jwt_logins as l (login, note) values (%s, %s)"
        " on conflict (login) do update set note = excluded.note",
        (name, note),
    )
    connection.execute("set local role none")


def remove(connection: psycopg.Connection, name: str) -> None:
    """Take the login *name* away with its listing; one that is not listed is left.

    Raises:
        Failure: it is not listed.
    """
    with connection.transaction():
        connection.execute(f"set local role {OWNER}")
        gone = connection.execute(
            "delete from app_private.trusted_jwt_logins where login = %s returning 1",
            (name,),
        ).fetchone()
        connection.execute("set local role none")
        if gone is None:
            raise Failure(
                f"{name} is not listed in app_private.trusted_jwt_logins",
                next="python -m tools.credentials.jwt_login NAME makes one",
            )
        login, database = sql.Identifier(name), sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("revoke connect on database {} from {}").format(database, login)
        )
        connection.execute(sql.SQL("drop role if exists {}").format(login))


def _refused(name: str, why: str) -> Failure:
    return Failure(f"{name} cannot be such a login: {why}", next="choose another name")


def main(argv: Sequence[str]) -> int:
    """Make, adjust or remove a login."""
    parser = argparse.ArgumentParser(prog="python -m tools.credentials.jwt_login")
    parser.add_argument("name", help="of the login")
    parser.add_argument("--note", default="", help="what it is, and who decided")
    parser.add_argument("--remove", action="store_true")
    chosen = parser.parse_args(argv)
    url = admin_url()
    check_target(url)
    with psycopg.connect(
        libpq_url(url),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="todo-jwt-login",
    ) as connection:
        if chosen.remove:
            remove(connection, chosen.name)
            say(f"{chosen.name} is removed: its claims mean nothing")
            return 0
        note = chosen.note or f"made by {connection.info.user}"
        ensure(connection, chosen.name, note)
    say(f"the claims of {chosen.name} are believed in {describe(url)}")
    say(f"next: \\password {chosen.name} in psql, as whoever migrates")
    return 0


if __name__ == "__main__":
    run(main)
