"""The file that tells the app its secrets: read, prepared beside it, put in its place.

The text is on the disk before the database commits to it, and takes the file's name
after that. A run that dies in between leaves `.env.next`, which the next run tries.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tools.console import Failure


def read(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; a file that is not there is empty.

    Raises:
        Failure: it cannot be read.
    """
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(
            f"cannot read {path.name}: {error}",
            where=str(path),
            next="look at it with ls -l; it belongs to the user who made it",
        ) from error
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split("=", 1) for line in lines if line and line[0] != "#")
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def prepared(path: Path) -> Path:
    """Return the name under which the next text of *path* waits."""
    return path.with_name(f"{path.name}.next")


def prepare(
    path: Path,
    values: Mapping[str, str],
    *,
    title: str = "Secrets of the application; written by make credentials.",
    elsewhere: str = "make credentials env=/path/to/.env",
) -> None:
    """Write the next text of *path* to the disk, readable by its owner alone.

    Args:
        path: of the file.
        values: by name.
        title: its first line.
        elsewhere: the command that writes another file.

    Raises:
        Failure: the directory cannot be written.
    """
    text = f"# {title}\n" + "".join(
        f"{name}={value}\n" for name, value in values.items()
    )
    beside = prepared(path)
    try:
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Failure(
            f"cannot write {path.name}: {error.strerror}; nothing was changed",
            where=str(path.parent),
            next=f"make the directory writable, or name another file: {elsewhere}",
        ) from error


def replace(path: Path) -> None:
    """Give the prepared text its name; its directory entry is on the disk after that.

    Raises:
        Failure: it cannot be renamed; the prepared file stays.
    """
    try:
        prepared(path).replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise Failure(
            f"cannot replace {path.name}: {error.strerror}",
            where=str(prepared(path)),
            next="the new secrets are in that file: the same command again, or mv, puts"
            " it in its place",
        ) from error
