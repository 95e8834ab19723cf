"""Names for moments: `make restore-point name=before_0042`, then TO=before_0042.

The server writes the name into its WAL. Where it stands there is written down here, so
that a restore begins at a backup that ended before it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.ops.backup import archiving
from tools.ops.backup.place import Place
from tools.ops.backup.repository import lsn
from tools.postgres.storage import give_to_owner_of

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}")


def mark(place: Place, name: str) -> None:
    """Write *name* into the WAL, and wait until it is archived.

    Raises:
        Failure: it is no name, it is taken, or the archive does not get it.
    """
    if not NAME.fullmatch(name) or name == "latest":
        raise Failure(f"{name!r} is no name for a moment", status=2)
    known = read(place)
    if name in known:
        raise Failure(
            f"there is a moment {name} already", next="another name", status=2
        )
    with place.connect() as connection:
        row = connection.execute(
            "select pg_create_restore_point(%s)", [name]
        ).fetchone()
        assert row is not None  # noqa: S101 - a select without FROM
        archiving.switch(connection)
    _write(place, known | {name: lsn(row[0])})


def read(place: Place) -> dict[str, int]:
    """Give the moments by name, and where in the WAL they stand."""
    try:
        found: dict[str, int] = json.loads(_file(place).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def forget_before(place: Place, position: int) -> None:
    """Forget the moments that no backup reaches any more."""
    known = read(place)
    kept = {name: where for name, where in known.items() if where >= position}
    if kept != known:
        _write(place, kept)


def _write(place: Place, known: dict[str, int]) -> None:
    partial = _file(place).with_suffix(".partial")
    partial.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    give_to_owner_of(place.home, partial)
    partial.replace(_file(place))


def _file(place: Place) -> Path:
    return place.state / "marks.json"
