"""Writes the first migration from `sql/`, for as long as nothing is released.

`sql/schema.sql` is the state in reading order, and a database that has nothing gets
there by the same statements. Written out of it, the baseline repeats nothing by hand;
`make verify` proves the two equal, as for any other migration. With the first release
the file becomes history: `make squash` refuses from then on to write it again.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.migrate.files import shown
from tools.migrate.migration import ROLLBACK
from tools.project import ROOT

ID: Final = "0001_baseline"
_HEADER: Final = (
    "-- The whole schema, as sql/ had it at the first release; by make squash.\n"
    "-- Each part stands in sql/ at the path above it, with its reasons.\n"
    "\n"
    "set local lock_timeout = '2s';\n"
)
_INCLUDE: Final = re.compile(r"\\ir (?P<path>\S+)")
_ROLE: Final = re.compile(r"set role (?P<role>\w+);")


def write(directory: Path, schema: Path) -> str:
    """Write the baseline of *directory* from *schema*, and return what was done.

    Its rollback is written by hand: what it must take back beyond the schemas, such as
    roles and what PUBLIC had, does not follow from `sql/`.

    Raises:
        Failure: it is released, or *directory* holds other migrations.
    """
    if tags := released(directory):
        raise Failure(
            f"{ID} is released: it is in {', '.join(tags)}",
            where=shown(directory),
            next="write a migration: make new m=verb_object",
        )
    path = directory / f"{ID}.sql"
    others = [p.name for p in sorted(directory.glob("*.sql")) if not _is_ours(p)]
    if others:
        raise Failure(
            f"there are other migrations, {others[0]} the first of {len(others)}",
            where=shown(directory),
            next="fold them into sql/ and remove them, or make squash to=NNNN",
        )
    partial = path.with_suffix(".partial")
    partial.write_text(text(schema))
    partial.replace(path)
    return f"{shown(path)}: written from {shown(schema)}"


def text(schema: Path) -> str:
    """Return the statements of *schema* and of all files that it names, in order.

    Raises:
        Failure: a line is neither SQL of one line, a comment nor `\\ir`.
    """
    return _HEADER + "\n".join(_parts(schema)).rstrip() + "\n"


def released(directory: Path) -> list[str]:
    """Return the version tags of git whose tree has the baseline of *directory*."""
    try:
        inside = (directory / f"{ID}.sql").resolve().relative_to(ROOT)
    except ValueError:  # a directory of a test
        return []
    tags = _git("tag", "--list", "v*").split()
    return [tag for tag in tags if _git("ls-tree", "--name-only", tag, str(inside))]


def _parts(schema: Path) -> Iterator[str]:
    introduced = False
    for number, line in enumerate(schema.read_text().splitlines(), 1):
        if included := _INCLUDE.fullmatch(line):
            introduced = True
            yield f"\n-- sql/{included['path']}\n"
            yield (schema.parent / included["path"]).read_text().strip()
        elif role := _ROLE.fullmatch(line):
            yield f"\nset local role {role['role']};"
        elif line.startswith("\\"):
            raise Failure(
                f"psql's {line.split()[0]} cannot be written into a migration",
                where=f"{shown(schema)}:{number}",
                next="say it in SQL, or by \\ir",
            )
        elif introduced or not (line.startswith("--") or not line):
            yield line  # the page's own introduction is about the page


def _is_ours(path: Path) -> bool:
    return path.name in (f"{ID}.sql", f"{ID}{ROLLBACK}")


def _git(*words: str) -> str:
    """Return what git prints, nothing where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""
