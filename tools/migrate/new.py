"""Begins a migration: numbered files with their header, drafted where that is possible.

`python -m tools.migrate new add_column_to_tasks`
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.migrate import files as migration_files
from tools.migrate.draft import Draft, draft
from tools.migrate.files import shown
from tools.migrate.migration import ROLLBACK
from tools.project import MIGRATIONS

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_EMPTY: Final = "-- Why: \n"


def begin(name: str, directory: Path = MIGRATIONS) -> list[str]:
    """Write the two files of a migration called *name*; return what to say.

    Raises:
        Failure: *name* is no verb_object, or it is there already.
    """
    if not _NAME.fullmatch(name):
        raise Failure(
            f"{name!r} is no name of a migration",
            next="say what it does, verb first, in lower-case letters, digits and _:"
            " make new m=add_estimate_to_tasks",
            status=2,
        )
    files = migration_files.read(directory)
    for file in files:
        if file.id[5:] == name:
            raise Failure(
                f"there is a migration of that name: {file.id}",
                where=shown(file.path),
                next="choose a name that says what is different about this one",
            )
    number = int(files[-1].number) + 1 if files else 1
    id = f"{number:04}_{name}"
    depends = f"-- depends: {files[-1].id}\n" if files else ""
    made = draft(directory)
    path, back = directory / f"{id}.sql", directory / f"{id}{ROLLBACK}"
    path.write_text(f"{_EMPTY}{depends}-- lock_timeout: 2s\n\n{made.forward}")
    back.write_text(f"{made.back}")
    return [shown(path), shown(back), *_next(made)]


def _next(made: Draft) -> list[str]:
    if made.forward:
        return [
            f"drafted by {made.by} from what sql/ has and migrations/ has not:",
            "read every line, write why, give an index of a large table its own file",
            "next: make verify says what is still missing",
        ]
    return [
        f"empty: {made.reason}",
        "next: write both, the change to sql/ as well; make verify compares them",
    ]
