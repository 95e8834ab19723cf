"""`pg_dump --schema-only`, made comparable: equal databases give equal text.

Left out is what says nothing about the schema: comments of pg_dump itself, its version,
its session settings. Put in order is what follows the order in which things were done:
grants on one object, the roles of a policy. The order of columns stays.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from pglast import parser

from tools.catalog.reader import connect
from tools.console import Failure
from tools.postgres.binaries import find_bin
from tools.postgres.os_user import environment
from tools.postgres.target import describe, libpq_url
from tools.project import LEDGER

OTHERS: Final = (LEDGER, "tap", "pgtap", "tests")
"""Schemas that are not the project's; `queries/world.sql` names the same."""

_META = re.compile(r"^\\(un)?restrict .*\n?", re.MULTILINE)
# A stamp among a column's options, which a pg_dump older than the server does not hide.
_STAMP = re.compile(
    r"^ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(pg_attver=\d+\);\n"
    r"|(?<=[( ])pg_attver=\d+, |, pg_attver=\d+(?=\))",
    re.MULTILINE,
)
_SESSION = re.compile(
    r"SET (?!SESSION AUTHORIZATION)(?!default_tablespace = [^'])"
    r"(?!default_table_access_method = (?!heap))"
    r"|SELECT pg_catalog\.set_config\('search_path'"
)
_EXTENSION = re.compile(
    rf"CREATE EXTENSION IF NOT EXISTS (\S+) WITH SCHEMA ({'|'.join(OTHERS)})$"
)
_PRIVILEGES = re.compile(
    r"(?P<prefix>ALTER DEFAULT PRIVILEGES FOR ROLE .*? )?"
    r"(?:GRANT|REVOKE) .*?(?:ON (?P<object>.*?) )?(?:TO|FROM) ",
    re.DOTALL,
)
_POLICY_ROLES = re.compile(r"(CREATE POLICY .*? TO )(.*?)((?: USING| WITH CHECK) \(|$)")
_NAMES_ROLE = re.compile(
    r"GRANT |REVOKE |ALTER DEFAULT PRIVILEGES |SET SESSION |ALTER [^;]* OWNER TO \S+$"
)
_ROLE_PLACE = r"(OWNER TO |FOR ROLE |TO |FROM |SESSION AUTHORIZATION )"
_MIGRATORS = """
select quote_ident(r.rolname)
from pg_roles as r
inner join pg_database as d on d.datname = current_database()
where
    r.rolname !~ '^(todo|pg)_'
    and (
        r.oid in (10, d.datdba)
        or exists (
            select from pg_namespace as n
            where n.nspname = 'todo_migrations' and n.nspowner = r.oid
        )
    )
"""


def dump(url: str, *, bin_dir: Path | None = None) -> str:
    """Give the schema of the database at *url* as SQL, a blank line between objects.

    Args:
        url: an address; its login must be allowed to read every table.
        bin_dir: where pg_dump is, of the server's major version or later; by default
            as `find_bin()` finds it.

    Raises:
        Failure: pg_dump is missing, too old, or refused.
    """
    text = _STAMP.sub("", _META.sub("", _pg_dump(url, bin_dir or find_bin())))
    with connect(url) as connection:
        migrators = [row[0] for row in connection.execute(_MIGRATORS)]
    return normalised(text, migrators)


def normalised(text: str, migrators: Iterable[str] = ()) -> str:
    """Give the output of pg_dump, *text*, in a form that can be compared.

    Args:
        text: SQL without the commands of psql.
        migrators: logins whose name does not matter, as SQL writes them.
    """
    named = "|".join(re.escape(name) for name in migrators) or "(?!)"
    migrator = re.compile(f"{_ROLE_PLACE}(?:{named})(?= |$)")
    kept = [
        migrator.sub(r'\1"(migrator)"', one)
        if _NAMES_ROLE.match(one)
        else _with_sorted_roles(one)
        for one in _statements(text)
    ]
    return "\n\n".join(_with_sorted_grants(kept)) + "\n"


def _pg_dump(url: str, bin_dir: Path) -> str:
    command = [str(bin_dir / "pg_dump"), "--schema-only", "--dbname", libpq_url(url)]
    for schema in OTHERS:
        command += ["--exclude-schema", schema]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
    except FileNotFoundError as error:
        raise Failure(
            f"there is no pg_dump in {bin_dir}",
            next="set PG_BIN to a directory that has it, or unset PG_BIN",
        ) from error
    if done.returncode:
        raise Failure(
            f"pg_dump failed: {done.stderr.strip()}",
            where=describe(url),
            next="is the server newer than this pg_dump? PG_BIN chooses another",
        )
    return done.stdout


def _statements(text: str) -> Iterator[str]:
    """Split *text*; comments between statements and session settings are left out."""
    sessions: set[str] = set()
    for raw in parser.split(_without_comments(text)):
        one = raw.strip()
        if _SESSION.match(one):
            continue
        if found := _EXTENSION.match(one):
            sessions.add(f"COMMENT ON EXTENSION {found[1]} IS")
            continue
        if not one.startswith(tuple(sessions)):
            yield one


def _without_comments(text: str) -> str:
    """Cut the comments that PostgreSQL's own scanner finds: none inside a string."""
    kept, position = [], 0
    for token in parser.scan(text):
        if token.name in ("SQL_COMMENT", "C_COMMENT"):
            kept.append(text[position : token.start])
            position = token.end + 1
    return "".join([*kept, text[position:]])


def _with_sorted_roles(statement: str) -> str:
    """Sort the roles of CREATE POLICY, which the server keeps in no order."""
    if not statement.startswith("CREATE POLICY "):
        return statement
    return _POLICY_ROLES.sub(
        lambda found: found[1] + ", ".join(sorted(found[2].split(", "))) + found[3],
        statement,
        count=1,
    )


def _with_sorted_grants(statements: Iterable[str]) -> Iterator[str]:
    """Put the grants on one object, which follow the order of granting, into one."""
    for target, group in groupby(statements, key=_target):
        block = [f"{one};" for one in group]
        if target is None:
            yield from block
        else:
            # GRANT after REVOKE, else the text would take away what it gave.
            yield "\n".join(sorted(block, key=lambda one: ("REVOKE " not in one, one)))


def _target(statement: str) -> tuple[str | None, str | None] | None:
    """Give whose privileges *statement* changes; None where it changes none."""
    found = _PRIVILEGES.match(statement)
    return (found["prefix"], found["object"]) if found else None
