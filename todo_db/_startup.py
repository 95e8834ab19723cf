"""Looks at the first connection, and refuses a database that would not be safe."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from . import _schema
from .errors import StartupError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from ._schema import SchemaCheck

_OLDEST: Final = 150000  # server_version_num; the schema needs what 15 brought

# Every role that the login is or may become, on whatever path, with each power that
# makes row security void or leads to one that does. CREATEROLE is among them: before
# PostgreSQL 16 its holder may grant itself the owner.
_POSTURE: Final = """
with recursive reachable as (
    select r.oid from pg_catalog.pg_roles as r where r.rolname = session_user
    union
    select m.roleid
    from pg_catalog.pg_auth_members as m
    inner join reachable as r on m.member = r.oid
),
dangers as (
    select r.rolname, p.power
    from pg_catalog.pg_roles as r
    inner join reachable on r.oid = reachable.oid
    cross join lateral (
        values
        ('is SUPERUSER', r.rolsuper),
        ('has BYPASSRLS', r.rolbypassrls),
        ('has CREATEROLE', r.rolcreaterole),
        ('has REPLICATION', r.rolreplication),
        (
            'reaches the files and programs of the server',
            r.rolname in (
                'pg_execute_server_program',
                'pg_read_server_files',
                'pg_write_server_files'
            )
        ),
        (
            'owns objects of the schema',
            exists (
                select from pg_catalog.pg_namespace as n
                where n.nspname in (
                    'app', 'app_auth', 'app_data', 'app_integrity', 'app_private'
                )
                and n.nspowner = r.oid
            )
            or exists (
                select from pg_catalog.pg_class as c
                inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
                where n.nspname in (
                    'app', 'app_auth', 'app_data', 'app_integrity', 'app_private'
                )
                and c.relowner = r.oid
            )
        )
    ) as p (power, has)
    where p.has
)
select
    current_setting('server_version_num')::integer,
    current_setting('server_version'),
    session_user::text,
    exists (select from pg_catalog.pg_namespace where nspname = 'app'),
    array(select format('%I %s', d.rolname, d.power) from dangers as d order by 1)
"""


# What sql/roles.sql gives the login; a test holds the two against each other.
_GIVEN: Final = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
_OWN: Final = """
select
    session_user::text,
    case when s.setdatabase <> 0 then current_database()::text end,
    split_part(c.setting, '=', 1),
    substr(c.setting, strpos(c.setting, '=') + 1)
from pg_catalog.pg_db_role_setting as s
inner join pg_catalog.pg_roles as r on s.setrole = r.oid
inner join pg_catalog.pg_database as d on d.datname = current_database()
cross join lateral unnest(s.setconfig) as c (setting)
where r.rolname = session_user and s.setdatabase in (0, d.oid)
order by 2 nulls first, 3
"""
_log: Final = logging.getLogger("todo_db")


class StartupCheck:
    """Inspects connections until one was good; the server decides the rest.

    Args:
        schema_check: how far the schema must be the one of the models.
    """

    def __init__(self, schema_check: SchemaCheck) -> None:
        self._schema_check = schema_check
        self._passed = False

    def __call__(self, connection: DBAPIConnection) -> None:
        """Look at *connection*, unless another one has passed.

        Raises:
            StartupError: the server is too old, the schema is missing or another one,
                or the login could get around row security; the text says which role.
        """
        if self._passed:
            return
        cursor = connection.cursor()
        try:
            cursor.execute(_POSTURE)
            row = cursor.fetchone()
        finally:
            cursor.close()
        if row is None:
            raise StartupError("the server does not answer the start-up check")
        _judge(*row)
        _schema.compare(connection, self._schema_check)
        for warning in find_own_settings(connection):
            _log.warning("%s", warning)
        self._passed = True


def find_own_settings(connection: DBAPIConnection) -> list[str]:
    """Tell what the login has set for itself, and how to take it back.

    Any SQL that runs as the login may do so, an injected one included. It changes no
    answer of a session of this package, but may lock the app out or slow it down.
    """
    cursor = connection.cursor()
    try:
        cursor.execute(_OWN)
        rows = [tuple(map(str, row)) for row in cursor.fetchall()]
    finally:
        cursor.close()
    found = []
    for login, database, name, value in rows:
        where = "" if database == "None" else f" in database {database}"
        if not where and name in _GIVEN:
            undo = f"set {name} = '{_GIVEN[name]}'"
        else:
            undo = f"reset {name}"
        if where or _GIVEN.get(name) != value:
            found.append(
                f"{name} is not what sql/roles.sql says for {login}{where}: somebody "
                f"has changed it; run `alter role {login}{where} {undo}`, and look for "
                "an injection"
            )
    return found


def _judge(
    number: int, version: str, login: str, has_schema: bool, dangers: list[str]
) -> None:
    if number < _OLDEST:
        raise StartupError(f"PostgreSQL {version} is too old; 15 or later is needed")
    if dangers:
        raise StartupError(
            f"the login {login} could get around row security, because "
            f"{'; '.join(dangers)}; connect as todo_app"
        )
    if not has_schema:
        raise StartupError("the database has no schema `app`; run the migrations")
