"""A logical dump beside the backups, complete or refused: `make dump`.

It needs the database's address alone, so it serves hosts that give no files, such as
Neon, and outlives a major version. Row-level security must never filter it: pg_dump is
told to fail where it would, and the rows of every table are counted in the dump's own
snapshot and written beside it. It is encrypted for a public key; who dumps cannot read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from tools.console import Failure, out
from tools.ops import packages
from tools.ops.backup import state
from tools.postgres.binaries import find_bin
from tools.postgres.os_user import environment
from tools.postgres.storage import explained
from tools.postgres.target import CONNECT_SECONDS, describe, libpq_url

_TABLES: Final = """
select n.nspname, c.relname
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'm') and c.relpersistence <> 't'
and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
order by 1, 2
"""


def dump(url: str, directory: Path, recipient: str) -> Path:
    """Write `todo-<moment>.dump.age` into *directory*, and its manifest beside it.

    Args:
        url: of the database; the login must see every row.
        directory: where to; it is made if need be.
        recipient: the public key, `age1…`.

    Raises:
        Failure: the login does not see every row, or a program fails; no file is left.
    """
    with explained(directory):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = directory / f"todo-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump.age"
    partial = file.with_suffix(".partial")
    try:
        with _snapshot(url) as (connection, snapshot):
            counts = count(connection)
            with out.status(f"dumping {describe(url)}"):
                _pipe(url, snapshot, recipient, partial, connection)
            manifest = _manifest(connection, counts, partial)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        state.write(directory / "state", "dump", {"ok": False, "reason": str(error)})
        raise
    file.with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n")
    partial.rename(file)
    state.write(directory / "state", "dump", {"ok": True, "file": file.name})
    return file


def restore(file: Path, identity: Path, url: str) -> dict[str, int]:
    """Restore *file* into the empty database at *url*, and compare every table.

    Args:
        file: of `dump`, with its manifest beside it.
        identity: the file with the secret key.
        url: a superuser's address of an empty database; roles must be there.

    Raises:
        Failure: the file is not what the manifest says, a program fails, or a table
            has another number of rows than it had.
    """
    manifest = json.loads(file.with_suffix(".json").read_text())
    if digest(file) != manifest["sha256"]:
        raise Failure("the dump is damaged", where=str(file), next="an older one")
    reader = subprocess.Popen(
        [packages.find("age"), "--decrypt", "--identity", identity, file],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    done = subprocess.run(
        [find_bin() / "pg_restore", "--exit-on-error", "-d", libpq_url(url)],
        stdin=reader.stdout, capture_output=True, text=True, check=False,
        env=environment(),
    )  # fmt: skip
    said = reader.communicate()[1].decode(errors="replace")
    if reader.returncode or done.returncode:
        raise Failure(
            f"the dump was not restored: {_last(said) or _last(done.stderr)}",
            where=str(file),
            next="the roles of sql/roles.sql must be there before; the key must fit",
        )
    with psycopg.connect(libpq_url(url), connect_timeout=CONNECT_SECONDS) as connection:
        found = count(connection)
    if found != manifest["rows"]:
        wrong = sorted(
            name for name in found.keys() | manifest["rows"].keys()
            if found.get(name) != manifest["rows"].get(name)
        )  # fmt: skip
        raise Failure(f"other rows than were dumped in {', '.join(wrong)}")
    return found


def count(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Count the rows of every table, or fail where some would be hidden.

    Raises:
        Failure: row-level security would hide rows from this login.
    """
    connection.execute("set row_security = off")  # an error in place of fewer rows
    found = {}
    for schema, name in connection.execute(_TABLES).fetchall():
        table = sql.Identifier(schema, name)
        try:
            row = connection.execute(
                sql.SQL("select count(*) from {}").format(table)
            ).fetchone()
        except psycopg.errors.InsufficientPrivilege as error:
            raise Failure(
                f"this login does not see every row of {schema}.{name}, so the dump"
                f" would lack some: {error.diag.message_primary}",
                where=connection.info.user,
                next="a superuser, or a role with BYPASSRLS and pg_read_all_data",
            ) from error
        assert row is not None  # noqa: S101 - an aggregate
        found[f"{schema}.{name}"] = row[0]
    return found


def recipient_of(text: str | None) -> str:
    """Give the public key that dumps are encrypted for.

    Raises:
        Failure: none is given; says how one is made.
    """
    if text and re.fullmatch(r"age1[0-9a-z]{58}", text):
        return text
    raise Failure(
        "no public key is given to encrypt the dump for"
        if not text
        else f"{text!r} is no public key of age",
        where="TODO_DUMP_RECIPIENT",
        next=f"{packages.find('age-keygen')} -o key.txt, kept where the dumps are not;"
        " then TODO_DUMP_RECIPIENT=age1…, which it prints",
        status=2,
    )


def digest(file: Path) -> str:
    """Give the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _snapshot(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """Hold a snapshot that pg_dump can use, too."""
    with psycopg.connect(
        libpq_url(url), connect_timeout=CONNECT_SECONDS, application_name="todo-dump"
    ) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("select pg_export_snapshot()").fetchone()
        assert row is not None  # noqa: S101 - a select without FROM
        yield connection, row[0]


def _pipe(
    url: str,
    snapshot: str,
    recipient: str,
    target: Path,
    connection: psycopg.Connection[Any],
) -> None:
    """Run pg_dump into age; the address, with its password, goes by a file."""
    with tempfile.TemporaryDirectory() as place, target.open("wb") as written:
        os.chmod(target, 0o600)
        service = Path(place) / "service"
        service.touch(0o600)
        parameters = connection.info.get_parameters()
        parameters |= {"password": connection.info.password}
        lines = [f"{key}={text}" for key, text in parameters.items() if text]
        service.write_text("\n".join(["[dump]", *lines]) + "\n")
        writer = subprocess.Popen(
            [find_bin() / "pg_dump", "-Fc", f"--snapshot={snapshot}", "service=dump"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**environment(), "PGSERVICEFILE": str(service)},
        )  # fmt: skip
        done = subprocess.run(
            [packages.find("age"), "--encrypt", "--recipient", recipient],
            stdin=writer.stdout, stdout=written, stderr=subprocess.PIPE, check=False,
            env=environment(),
        )  # fmt: skip
        said = writer.communicate()[1].decode(errors="replace")
    if writer.returncode or done.returncode:
        raise Failure(
            f"the dump failed: {_last(said) or _last(done.stderr.decode())}",
            where=describe(url),
            next="put that right; nothing was left behind",
        )


def _manifest(
    connection: psycopg.Connection[Any], counts: dict[str, int], file: Path
) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "server": connection.info.server_version,
        "bytes": file.stat().st_size,
        "sha256": digest(file),
        "rows": counts,
    }


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else ""
