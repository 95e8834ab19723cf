"""Foreign keys that no index serves: a DELETE of the row above reads the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import psycopg

# An index serves a key whose columns are its first columns, in any order. A partial one
# does if it leaves out only rows that do not refer to anything.
_UNSERVED: Final = """
select
    format('%I.%I', n.nspname, c.relname), quote_ident(k.conname),
    names.list, pg_get_constraintdef(k.oid)
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
    select
        string_agg(quote_ident(a.attname), ', ' order by u.place) as list,
        array_agg(format('(%I IS NOT NULL)', a.attname)) as guards
    from unnest(k.conkey) with ordinality as u (attnum, place)
    join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.attnum
) as names
where k.contype = 'f' and k.conparentid = 0
and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'todo_migrations')
and not exists (
    select from pg_index as i
    where i.indrelid = k.conrelid and i.indisvalid
    and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
    and (
        i.indpred is null
        or regexp_split_to_array(
            regexp_replace(
                pg_get_expr(i.indpred, i.indrelid), '^\\(\\((.*)\\)\\)$', '(\\1)'
            ),
            ' AND '
        ) <@ names.guards
    )
)
order by 1, 2
"""


@dataclass(frozen=True)
class Unserved:
    """A foreign key without an index; names as SQL writes them."""

    table: str
    constraint: str
    columns: str
    definition: str

    @property
    def path(self) -> str:
        """Its path among the facts of the catalogue."""
        return f"table {self.table}: constraint {self.constraint}"

    @property
    def text(self) -> str:
        """What is wrong and what helps, as a sentence."""
        return (
            f"Foreign key {self.constraint} of {self.table} ({self.columns}) has no"
            " index that begins with its columns: each DELETE or change of a key above"
            " it reads the whole table."
        )


def unserved(connection: psycopg.Connection[Any]) -> frozenset[Unserved]:
    """Give the foreign keys of the database that no index serves."""
    rows = connection.execute(_UNSERVED).fetchall()
    return frozenset(Unserved(*row) for row in rows)
