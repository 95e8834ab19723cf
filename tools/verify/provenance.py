"""Which file of `sql/` explains which object: path = address.

`sql/<schema>/<kind>/<object>.sql`, with the same stem in every kind: a table, its
triggers and its policies are three files of one name. Grants stand with the policies,
indexes and constraints with their table; roles and schemas have a file each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from pglast import parser

from tools.catalog import Facts, steps
from tools.project import SCHEMA, SQL, TESTS

PGTAP: Final = TESTS / "pgtap"
FIXTURES: Final = "fixtures"
# Rules about the schema, no part of it: tests/pgtap/posture.sql runs them all.
LINTS: Final = "lints"

# What an object is called in facts → the folder of its file.
FOLDERS: Final = {
    "table": "tables",
    "foreign table": "tables",
    "sequence": "sequences",
    "view": "views",
    "materialized view": "views",
    "function": "functions",
    "procedure": "functions",
    "aggregate": "functions",
    "type": "types",
    "domain": "types",
    "statistics": "tables",
    "collation": "types",
    "operator": "functions",
    "text search configuration": "search",
    "text search dictionary": "search",
}
# Parts of a table that have a file of their own.
PARTS: Final = {"policy": "access", "trigger": "triggers"}
# Whole-server objects → the file that names them.
PAGES: Final = {
    "role": "roles.sql",
    "schema": "schemas.sql",
    "default privileges": "schemas.sql",
    "extension": "extensions.sql",
    "event trigger": "event_triggers.sql",
    "publication": "publications.sql",
}
# Every database has these, whoever makes it.
_GIVEN: Final = re.compile(
    r"database$|schema public$|extension plpgsql$|language (plpgsql|sql)$"
    r"|system |every role$"
)
_NAME = re.compile(r'(?:"(?:[^"]|"")*"|[^\s".(:]+)')
_OBJECT = re.compile(
    rf"(?P<kind>{'|'.join(sorted(FOLDERS, key=len, reverse=True))}) "
    rf"(?P<schema>{_NAME.pattern})\.(?P<name>{_NAME.pattern})"
)
_PART = re.compile(
    rf"(?P<kind>index|column|{'|'.join(PARTS)}) (?P<name>{_NAME.pattern})"
)
_INCLUDE = re.compile(r"^\\ir\s+(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Claim:
    """That the file at *path*, below `sql/`, speaks of the object *name*."""

    path: PurePosixPath
    name: str


def claim(key: str, facts: Facts | None = None) -> Claim | None:
    """Say which file must explain the fact *key*.

    Args:
        key: of a fact, such as `table app_data.tasks: policy tasks_select_user: using`.
        facts: all of them, to find the table of a partition or of an identity.

    Returns:
        None for what a database has before anyone makes anything in it.
    """
    thing, *parts = steps(key)
    if _GIVEN.match(thing):
        return None
    for kind, page in PAGES.items():
        if thing.startswith(f"{kind} "):
            name = thing.removeprefix(f"{kind} ").removeprefix("of ")
            return Claim(PurePosixPath(page), _bare(name.split(" ")[0]))
    found = _OBJECT.match(_root(thing, facts or {}))
    if not found:
        return Claim(PurePosixPath("schema.sql"), thing)
    folder, schema, name = FOLDERS[found["kind"]], _bare(found["schema"]), found["name"]
    part = _PART.match(parts[0]) if parts else None
    path = PurePosixPath(schema, PARTS.get(part["kind"], folder) if part else folder)
    return Claim(path / f"{_bare(name)}.sql", _bare(part["name"] if part else name))


def _root(thing: str, facts: Facts) -> str:
    """Follow a partition, or the sequence of an identity, to its table."""
    if parent := facts.get(f"{thing}: child of"):
        return _root(f"table {parent}", facts)
    column = facts.get(f"{thing}: belongs to", "")
    if f"{column}: identity" in facts:
        return steps(column)[0]
    return thing


def unexplained(facts: Facts, directory: Path = SQL) -> list[str]:
    """Say what is in the database and in no file of *directory* at its address."""
    claims: dict[Claim, str] = {}
    for key in facts:
        if found := claim(key, facts):
            thing, *parts = steps(key)
            named = parts and _PART.match(parts[0])
            claims.setdefault(found, f"{parts[0]} of {thing}" if named else thing)
    return [
        problem
        for found, what in sorted(claims.items(), key=lambda one: one[1])
        if (problem := _missing(found, what, directory))
    ]


def _missing(wanted: Claim, what: str, directory: Path) -> str | None:
    file = directory / wanted.path
    if not file.is_file():
        return f"{what} is in the database, and there is no sql/{wanted.path}"
    # A view that gives `t.*` speaks of whatever the table has.
    is_all = what.startswith("column ") and " of view " in what and "*" in _signs(file)
    if wanted.name not in _words(file) and not is_all:
        return f"{what} is in the database, and not in sql/{wanted.path}"
    return None


@cache
def _signs(file: Path) -> frozenset[str]:
    """Give the single signs of a file that are neither words nor comments."""
    text = file.read_text(encoding="utf-8")
    return frozenset(
        text[token.start] for token in parser.scan(text) if token.start == token.end
    )


@cache
def _words(file: Path) -> frozenset[str]:
    """Give the words of a file, of its strings as well, but not of its comments."""
    text = re.sub(r"^\\.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    said = (
        text[token.start : token.end + 1]
        for token in parser.scan(text)
        if token.name not in ("SQL_COMMENT", "C_COMMENT")
    )
    return frozenset(word for one in said for word in re.findall(r"\w+", one))


def idle_files(facts: Facts, schema: Path = SCHEMA) -> list[str]:
    """Say which files beside *schema* are not loaded by it, twice, or for nothing."""
    directory = schema.parent
    included = _INCLUDE.findall(schema.read_text(encoding="utf-8"))
    problems = [
        f"sql/{name} is loaded {included.count(name)} times by sql/schema.sql"
        for name in sorted(set(included))
        if included.count(name) > 1
    ]
    explained = {str(path) for key in facts for path in _paths(key, facts)}
    for path in _files(directory):
        if path == schema.name:
            continue
        if path not in included:
            problems.append(f"sql/{path} is not loaded by sql/schema.sql")
        elif "/" in path and path not in explained:
            problems.append(f"sql/{path} explains nothing that is in the database")
    return problems


def unmirrored(directory: Path = SQL, tests: Path = PGTAP) -> list[str]:
    """Say which file of *directory* has no test of the same path, and the reverse."""
    sources = set(_files(directory)) - {"schema.sql"}
    mirrors = {path for path in _files(tests) if not path.startswith(f"{FIXTURES}/")}
    missing = (
        f"sql/{path} has no test tests/pgtap/{path}" for path in sources - mirrors
    )
    extra = (
        f"tests/pgtap/{path} tests no file sql/{path}"
        for path in mirrors - sources
        if "/" in path  # tests of every object at once stand at the top
    )
    return sorted([*missing, *extra])


def _files(directory: Path) -> Iterator[str]:
    for path in sorted(directory.rglob("*.sql")):
        name = path.relative_to(directory).as_posix()
        if not name.startswith(f"{LINTS}/"):
            yield name


def _bare(name: str) -> str:
    """Give a name without its quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def files_of(keys: Iterable[str], facts: Facts, directory: Path = SQL) -> list[str]:
    """Name the files of *directory* that speak of *keys*, those that are there."""
    paths = {path for key in keys for path in _paths(key, facts)}
    return [f"sql/{path}" for path in sorted(paths) if (directory / path).is_file()]


def _paths(key: str, facts: Facts) -> Iterator[PurePosixPath]:
    """Give the file of *key*, for a grant also that of the policies beside it."""
    if wanted := claim(key, facts):
        yield wanted.path
        parts = wanted.path.parts
        if "grant to " in key and len(parts) == len(("app_data", "tables", "x")):
            schema, _, name = parts
            yield PurePosixPath(schema, PARTS["policy"], name)
