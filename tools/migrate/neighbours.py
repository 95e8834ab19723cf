"""Whether a database is free for a first migration, or holds something else."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from tools.console import Failure
from tools.project import LEDGER, OURS

_FOREIGN: Final = """
select n.nspname, count(c.oid), min(c.relname)
from pg_catalog.pg_namespace as n
left join pg_catalog.pg_class as c
    on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::regclass
        and d.objid = c.oid and d.deptype = 'e'
    )
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
group by n.nspname
order by n.nspname
"""


def refuse(connection: Connection[Any], *, beside: bool) -> None:
    """Refuse a first migration into a database that belongs to something else.

    Args:
        connection: to a database without our bookkeeping.
        beside: accept tables of others in schemas that are not ours.

    Raises:
        Failure: with the schema and one of its tables.
    """
    name = connection.info.dbname
    for schema, count, example in connection.execute(_FOREIGN).fetchall():
        if schema in (*OURS, LEDGER):
            raise Failure(
                f"database {name} already has a schema {schema}, with {count} tables"
                " or views, and no record of migrations",
                next="if it is this project's schema, adopt it: make baseline;"
                " otherwise name an empty database in DATABASE_URL",
            )
        if count and not beside:
            more = f" and {count - 1} more" if count > 1 else ""
            raise Failure(
                f"database {name} holds tables of somebody else:"
                f" {schema}.{example}{more}",
                next="name an empty database in DATABASE_URL, or say that both may"
                " share this one: python -m tools.migrate apply --beside",
            )
