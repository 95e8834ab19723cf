"""How far a long statement is, from the server's own views."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

# One row for a session that builds an index, vacuums, analyses, copies or rewrites.
_PROGRESS: Final = """
select 'index ' || coalesce(p.index_relid::regclass::text, '') || ': ' || p.phase,
    greatest(p.blocks_done, p.tuples_done, p.lockers_done),
    case greatest(p.blocks_done, p.tuples_done, p.lockers_done)
    when p.blocks_done then p.blocks_total
    when p.tuples_done then p.tuples_total else p.lockers_total end
from pg_catalog.pg_stat_progress_create_index as p where p.pid = %(pid)s
union all
select 'vacuum ' || p.relid::regclass || ': ' || p.phase,
    p.heap_blks_scanned, p.heap_blks_total
from pg_catalog.pg_stat_progress_vacuum as p where p.pid = %(pid)s
union all
select 'analyze ' || p.relid::regclass || ': ' || p.phase,
    p.sample_blks_scanned, p.sample_blks_total
from pg_catalog.pg_stat_progress_analyze as p where p.pid = %(pid)s
union all
select lower(p.command) || ' ' || p.relid::regclass || ': ' || p.phase,
    p.heap_blks_scanned, p.heap_blks_total
from pg_catalog.pg_stat_progress_cluster as p where p.pid = %(pid)s
union all
select 'copy: ' || p.tuples_processed || ' rows', p.bytes_processed, p.bytes_total
from pg_catalog.pg_stat_progress_copy as p where p.pid = %(pid)s
"""


def told(connection: Connection[Any], pid: int) -> str:
    """Return in a few words what session *pid* is doing; empty where that is unknown.

    Args:
        connection: another session of the same login.
        pid: of the session.
    """
    row = connection.execute(_PROGRESS, {"pid": pid}).fetchone()
    if row is None:
        return ""
    what, done, total = row
    return f"{what} {done / total:.0%}" if total and done <= total else str(what)
