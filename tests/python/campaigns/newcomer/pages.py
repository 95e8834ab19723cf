"""What the pages tell to do: commands, edits, and programs, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.project import ROOT

root: Path = ROOT
"""Whose pages are read."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
# What begins a command; other blocks without a language are pictures and output.
_PROGRAM = re.compile(
    r"(make|set -a|cd|git|npm|node|API_\w+=\S+|\.venv/bin/\S+|python|pip)\b"
)


def blocks(page: str, *languages: str) -> list[tuple[str, str]]:
    """Give language and text of the blocks of *page*, a path below the root."""
    text = (root / page).read_text("utf-8")
    return [
        (found[1], found[2])
        for found in _BLOCK.finditer(text)
        if not languages or found[1] in languages
    ]


def commands(page: str) -> list[str]:
    """Give the commands of *page*, one a line, without what is said about them."""
    found = []
    for language, text in blocks(page, "", "sh"):
        for line in text.splitlines():
            command = re.split(r"\s+#", line)[0].strip()
            if _PROGRAM.match(command) and (language or "──" not in text):
                found.append(command)
    return found


def targets(page: str) -> set[str]:
    """Name the targets of make in the sentences of *page*."""
    text = _BLOCK.sub("", (root / page).read_text("utf-8"))
    words = (code.split() for code in _CODE.findall(text) if code.startswith("make "))
    return {
        word for line in words for word in line[1:] if re.fullmatch(r"[a-z-]+", word)
    }


def modules(page: str) -> set[str]:
    """Name the modules that *page* runs by `python -m`."""
    text = (root / page).read_text("utf-8")
    return set(re.findall(r"python -m ((?:tools|tests)[\w.]*)", text))


def edits(page: str) -> Iterator[tuple[str, str]]:
    """Give the edits by hand: a difference, or the whole text of a file by its name."""
    for language, text in blocks(page, "diff", "sql"):
        if language == "diff":
            yield "", text
        elif text.startswith("-- ") and text.splitlines()[0].endswith(".sql"):
            name, _, content = text.removeprefix("-- ").partition("\n")
            yield name, content


def every() -> list[str]:
    """List the pages for those who use or change the project."""
    found = [root / name for name in ("README.md", "CONTRIBUTING.md")]
    found += [root / "examples" / "README.md", root / "migrations" / "README.md"]
    found += sorted(Path(root / "docs").glob("*.md"))
    return [str(path.relative_to(root)) for path in found]
