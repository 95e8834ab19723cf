"""The server's side of the archive: every WAL segment goes to the repository."""

from __future__ import annotations

import time
from typing import Final

import psycopg
from psycopg import sql

from tools.console import Failure, say
from tools.ops.backup.repository import Repository
from tools.postgres.target import describe

# Seconds after which a segment is sent although it is not full: what can be lost.
_TIMEOUT: Final = 60
_WAIT: Final = 60.0  # seconds for one segment to arrive


def ensure(repository: Repository) -> None:
    """Have the server archive into *repository*; a private one is restarted for it.

    Raises:
        Failure: somebody else's server does not, with the statements that it needs.
    """
    place = repository.place
    wanted = {
        "archive_mode": "on",
        "archive_command": repository.archive_command,
        "archive_timeout": str(_TIMEOUT),
    }
    with place.connect() as connection:
        now = {name: _setting(connection, name) for name in wanted}
        level = _setting(connection, "wal_level")
        if now["archive_mode"] != "off" and level != "minimal":
            wanted = {"archive_command": wanted["archive_command"]}
        else:
            wanted["wal_level"] = "replica"
        missing = {k: v for k, v in wanted.items() if now.get(k) != v}
        if not missing:
            return
        restart = "archive_mode" in missing
        if restart and place.cluster is None:
            raise Failure(
                "the server does not archive its WAL",
                where=describe(place.url),
                next=" ".join(_statement(k, v) for k, v in missing.items())
                + " Then restart the server, and run the same command again",
            )
        for name, text in missing.items():
            connection.execute(
                sql.SQL("alter system set {} = {}").format(
                    sql.Identifier(name), sql.Literal(text)
                )
            )
        connection.execute("select pg_reload_conf()")
    if restart and place.cluster is not None:
        place.cluster.stop()
        place.cluster.start()
        say("the server was restarted: it archives its WAL now")


def switch(connection: psycopg.Connection) -> str:
    """Have the WAL so far archived, and give the last segment that it needs.

    Raises:
        Failure: the segment does not arrive; with the archiver's last failure.
    """
    # Where nothing was written since the last switch, there is nothing to switch.
    connection.execute("select pg_logical_emit_message(false, 'todo-backup', '')")
    row = connection.execute(
        "select pg_walfile_name(pg_switch_wal()), "
        "(select last_failed_time from pg_stat_archiver)"
    ).fetchone()
    assert row is not None  # noqa: S101 - a select without FROM
    segment, failed = str(row[0]), row[1]
    end = time.monotonic() + _WAIT
    while True:
        row = connection.execute(
            "select last_archived_wal, last_failed_wal, last_failed_time"
            " from pg_stat_archiver"
        ).fetchone()
        assert row is not None  # noqa: S101 - always one row
        # Segments of one timeline compare as text; a later timeline is greater.
        if row[0] is not None and row[0][:24] >= segment:
            return segment
        if time.monotonic() > end:
            why = f"; it failed for {row[1]}" if row[2] != failed else ""
            raise Failure(
                f"segment {segment} was not archived within {_WAIT:.0f} s{why}",
                where="pg_stat_archiver",
                next="docs/runbooks/ArchiveFailing.md; the server's log has the reason",
            )
        time.sleep(0.05)


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute(
        "select setting from pg_catalog.pg_settings where name = %s", [name]
    ).fetchone()
    return str(row[0]) if row else ""


def _statement(name: str, text: str) -> str:
    return f"alter system set {name} = '{text}';"
