"""How the generated models change."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.console import Failure

_SHOWN: Final = 600  # lines of the difference that a report holds


@dataclass(frozen=True)
class ModelDiff:
    """The difference of the generated files as a unified diff; *note* says what is
    missing in it."""

    text: str = ""
    added: int = 0
    removed: int = 0
    note: str = ""


def generate(url: str, target: Path) -> str:
    """Generate the models of the database at *url*; give the reason if that fails."""
    from tools.codegen import generate as generator  # slow to import

    try:
        generator(url, target)
    except Failure as failure:
        return failure.what
    except Exception as error:  # a generator's fault must not hide the rest
        return f"{type(error).__name__}: {error}"
    return ""


def compare(before: str, after: str) -> ModelDiff:
    """Generate from two databases and compare.

    Args:
        before: address of the state before the change.
        after: address of the state after it.
    """
    from tools.codegen.output import read, unlike

    with tempfile.TemporaryDirectory(prefix="todo-db-review-") as name:
        old, new = Path(name) / "before", Path(name) / "after"
        for url, target, word in ((before, old, "before"), (after, new, "after")):
            target.mkdir()
            if reason := generate(url, target):
                if word == "before":  # such as the first migrations: there is nothing
                    continue
                return ModelDiff(note=f"The models could not be generated: {reason}")
        lines = unlike(read(old), read(new), context=2)
    added = sum(line[:1] == "+" and line[:3] != "+++" for line in lines)
    removed = sum(line[:1] == "-" and line[:3] != "---" for line in lines)
    rest = len(lines) - _SHOWN
    note = f"{rest:,} more lines are left out." if rest > 0 else ""
    return ModelDiff("\n".join(lines[:_SHOWN]), added, removed, note)
