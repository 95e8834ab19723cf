"""What an interrupted statement outside of a transaction leaves, and how it is cleared.

CREATE INDEX CONCURRENTLY leaves an index that is not valid: it costs every write and
serves no query. REINDEX CONCURRENTLY leaves such an index named `…_ccnew` or `…_ccold`.
DETACH PARTITION CONCURRENTLY leaves a partition whose detaching has to be finished.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from tools.console import Failure
from tools.migrate.session import Session
from tools.migrate.statements import Node, Statement, detached, name_of
from tools.postgres import locks
from tools.postgres.quoting import quoted

_INDEX: Final = """
select x.indisvalid, format('%%I.%%I', n.nspname, c.relname), p.pid
from pg_catalog.pg_index as x
join pg_catalog.pg_class as c on c.oid = x.indexrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_stat_progress_create_index as p
    on p.index_relid = c.oid and p.pid <> pg_catalog.pg_backend_pid()
where x.indrelid = pg_catalog.to_regclass(%s) and c.relname = %s
"""
_REINDEXED: Final = r"""
select format('%%I.%%I', n.nspname, c.relname)
from pg_catalog.pg_index as x
join pg_catalog.pg_class as c on c.oid = x.indexrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where not x.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'
and x.indrelid = coalesce(
    (select indrelid from pg_catalog.pg_index
        where indexrelid = pg_catalog.to_regclass(%s)),
    pg_catalog.to_regclass(%s)
)
and not exists (
    select from pg_catalog.pg_stat_progress_create_index as p
    where p.index_relid = c.oid
)
"""
_PARTITION: Final = """
select inhdetachpending from pg_catalog.pg_inherits
where inhparent = pg_catalog.to_regclass(%s) and inhrelid = pg_catalog.to_regclass(%s)
"""


def clear(session: Session, statement: Statement, *, begun: bool) -> str | None:
    """Remove what a broken run left, and return what is still to be executed.

    Args:
        session: that migrates.
        statement: that cannot run inside a transaction.
        begun: whether an earlier run of the same text got as far as sending it.

    Returns:
        The statement, another one that finishes it, or None if it had its effect.

    Raises:
        locks.LockedOut: another session is building the index at this moment.
    """
    connection = session.connection
    if statement.kind == "IndexStmt":
        return _index(session, statement, begun=begun)
    if statement.kind == "DropStmt":
        gone = not _exists(connection, _dropped(statement.node))
        return None if begun and gone else statement.text
    if statement.kind == "ReindexStmt" and "relation" in statement.node:
        name = name_of(statement.node["relation"])
        for (left,) in connection.execute(_REINDEXED, [name, name]).fetchall():
            _drop(session, left)
    if partition := _detached(statement):
        return _detach(connection, statement, partition, begun=begun)
    return statement.text


def refuse_done(connection: Connection[Any], statement: Statement) -> None:
    """Refuse a statement whose effect is there although it never ran.

    Raises:
        Failure: an index to be made exists, or one to be dropped does not.
    """
    node = statement.node
    if statement.kind == "IndexStmt":
        found = _find(connection, node)
        if found and found[0]:
            raise _wrong(statement, f"index {found[1]} already exists")
    if statement.kind == "DropStmt" and not node.get("missing_ok"):
        name = _dropped(node)
        if not _exists(connection, name):
            raise _wrong(statement, f"there is no index {name}")
    if partition := _detached(statement):
        parent, child = partition
        if connection.execute(_PARTITION, [parent, child]).fetchone() is None:
            raise _wrong(statement, f"{child} is no partition of {parent}")


def lock_timeout(statement: Statement, usual: int) -> int:
    """Return the limit of waiting for a lock, in milliseconds, 0 for none.

    The CONCURRENTLY forms and VACUUM queue for a lock that lets reads and writes pass,
    then wait for old transactions; a limit would only break a long build at its end.
    DETACH PARTITION alone takes a lock in its end that stops traffic.
    """
    return usual if _detached(statement) else 0


def _index(session: Session, statement: Statement, *, begun: bool) -> str | None:
    found = _find(session.connection, statement.node)
    if found is None:
        return statement.text
    valid, name, builder = found
    if builder:
        raise locks.LockedOut(locks.sessions(session.connection, [builder]))
    if valid:
        if begun:
            session.report.note(f"index {name} was finished by the interrupted run")
            return None
        return statement.text  # the server refuses it by name
    _drop(session, name)
    return statement.text


def _find(
    connection: Connection[Any], node: Node
) -> tuple[bool, str, int | None] | None:
    names = [name_of(node["relation"]), node["idxname"]]
    row = connection.execute(_INDEX, names).fetchone()
    return (row[0], row[1], row[2]) if row else None


def _drop(session: Session, name: str) -> None:
    session.report.note(
        f"index {name} is not valid, left by an interrupted build: dropping it"
        " concurrently and building it again"
    )
    session.execute(f"drop index concurrently {name}")


def _detach(
    connection: Connection[Any],
    statement: Statement,
    partition: tuple[str, str],
    *,
    begun: bool,
) -> str | None:
    parent, child = partition
    row = connection.execute(_PARTITION, [parent, child]).fetchone()
    if row is None:
        return None if begun else statement.text
    if row[0]:
        return f"alter table {parent} detach partition {child} finalize"
    return statement.text


def _detached(statement: Statement) -> tuple[str, str] | None:
    return detached(statement.node) if statement.kind == "AlterTableStmt" else None


def _exists(connection: Connection[Any], name: str) -> bool:
    row = connection.execute(
        "select pg_catalog.to_regclass(%s) is not null", [name]
    ).fetchone()
    return bool(row and row[0])


def _dropped(node: Node) -> str:
    """Return the one index that DROP INDEX CONCURRENTLY can name."""
    items = node["objects"][0]["List"]["items"]
    return quoted(*(item["String"]["sval"] for item in items))


def _wrong(statement: Statement, what: str) -> Failure:
    return Failure(
        what,
        where=statement.shown,
        next="correct the file, or take what stands in its way out of the database;"
        " nothing has been done",
    )
