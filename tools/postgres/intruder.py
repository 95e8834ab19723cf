"""A session that holds the lock of migration runs and cannot be migrating.

Anybody who is let in can take an advisory lock, injected SQL of the app's login
included. Without this it would keep every migration waiting.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg import Connection, sql

from tools.console import Failure

# Who migrates may make schemas here, becomes the owner of ours, or owns the record.
_MAY_MIGRATE: Final = """
select r.rolname,
    pg_catalog.has_database_privilege(r.oid, current_database(), 'create')
    or exists (
        select from pg_catalog.pg_roles as o where pg_catalog.pg_has_role(
            r.oid, o.oid, 'member'
        ) and (o.rolname = 'todo_owner' or o.oid = (
            select nspowner from pg_catalog.pg_namespace
            where nspname = 'todo_migrations'
        ))
    )
from pg_catalog.pg_stat_activity as a
join pg_catalog.pg_roles as r on r.oid = a.usesysid
where a.pid = %s
"""
_END: Final = "select pg_catalog.pg_terminate_backend(%s)"


def end(connection: Connection[Any], pid: int) -> str | None:
    """End session *pid* if it cannot be migrating.

    Returns:
        The role that it had logged in as, or None where it was left alone.

    Raises:
        Failure: this login may not end it.
    """
    row = connection.execute(_MAY_MIGRATE, [pid]).fetchone()
    if row is None or row[1]:
        return None
    role = str(row[0])
    try:
        connection.execute(_END, [pid])
    except psycopg.errors.InsufficientPrivilege:
        _end_as(connection, role, pid)
    return role


def _end_as(connection: Connection[Any], role: str, pid: int) -> None:
    """End *pid* as a member of its role, for one transaction that is rolled back."""
    modern = connection.info.server_version >= 160_000
    grant = sql.SQL("grant {} to current_user {}").format(
        sql.Identifier(role), sql.SQL("with inherit true" if modern else "")
    )
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(grant)
            connection.execute(_END, [pid])
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failure(
            f"a session of {role}, which cannot migrate, holds the lock of migrations,"
            f" and {connection.info.user} may not end it",
            where=f"pid {pid}",
            next=f"as a superuser: select pg_terminate_backend({pid}); then look at"
            f" what uses the login {role}",
        ) from error
