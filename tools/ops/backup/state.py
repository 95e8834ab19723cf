"""When what was last done, and how it ended: files that monitoring reads.

`state/<name>.json` is the last result, `state/<name>/<moment>.json` each one with its
date. A failure is written, too: it leaves the last success as it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.postgres.storage import give_to_owner_of


def write(state: Path, name: str, result: Mapping[str, Any]) -> Path:
    """Write a result, all or nothing, and give its dated file.

    Args:
        state: the directory; it and its files belong to whom the one above belongs.
        name: `backup`, `check`, `drill` or `dump`.
        result: for JSON; `ok` says whether it was a success.
    """
    now = datetime.now(UTC)
    dated = state / name / f"{now:%Y-%m-%dT%H-%M-%S.%f}Z.json"
    last = read(state, name)
    told = {
        "at": now.timestamp(),
        "succeeded_at": now.timestamp() if result["ok"] else last.get("succeeded_at"),
        **result,
    }
    directory(state, state.parent)
    directory(dated.parent, state.parent)
    for file in (dated, state / f"{name}.json"):
        partial = file.with_name(f".{file.name}.{os.getpid()}")
        partial.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        partial.chmod(0o644)
        give_to_owner_of(state.parent, partial)
        partial.replace(file)
    return dated


def read(state: Path, name: str) -> dict[str, Any]:
    """Give the last result; empty where there is none."""
    try:
        text = (state / f"{name}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    found: dict[str, Any] = json.loads(text)
    return found


def directory(path: Path, owner: Path, mode: int = 0o755) -> None:
    """Make a directory that belongs to whom *owner* belongs."""
    if not path.is_dir():
        path.mkdir()
        path.chmod(mode)
        give_to_owner_of(owner, path)
