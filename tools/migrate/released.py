"""Whether a migration is released, as git says: in a tag, or on origin's main branch.

What is there may have run on any database, so it is history.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from tools.console import Failure

_MAIN: Final = ("origin/main", "origin/master")


def places(path: Path) -> list[str]:
    """Return the tags, and the main branch of origin, that have a file of this path.

    Args:
        path: of the migration in the checkout.

    Raises:
        Failure: git cannot tell, because it is not there or this is no checkout.
    """
    top = _git(path.parent, "rev-parse", "--show-toplevel").strip()
    inside = path.resolve().relative_to(Path(top).resolve()).as_posix()
    tags = _git(path.parent, "tag", "--list").split()
    known = _git(
        path.parent, "for-each-ref", "--format=%(refname:short)", "refs/remotes/origin"
    ).split()
    main = next((name for name in _MAIN if name in known), None)
    refs = [*(f"refs/tags/{tag}" for tag in tags), *([main] if main else [])]
    asked = "".join(f"{ref}:{inside}\n" for ref in refs)
    answers = _git(path.parent, "cat-file", "--batch-check", text=asked).splitlines()
    return [
        ref.removeprefix("refs/tags/")
        for ref, answer in zip(refs, answers, strict=True)
        if not answer.endswith(" missing")
    ]


def refuse(path: Path) -> None:
    """Refuse to change a migration that is released.

    Raises:
        Failure: with the tags and the branch that have it.
    """
    if found := places(path):
        raise Failure(
            f"{path.stem} is released: {', '.join(found)}"
            f" {'have' if len(found) > 1 else 'has'} it",
            where=str(path),
            next="write a new migration that mends it: make new m=verb_object",
        )


def _git(where: Path, *words: str, text: str = "") -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(where), *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise _unknown("git is not installed") from error
    if done.returncode:
        raise _unknown(done.stderr.strip().splitlines()[0])
    return done.stdout


def _unknown(why: str) -> Failure:
    return Failure(
        f"git cannot say whether the migration is released: {why}",
        next="work in a checkout; or take it back and apply it in two steps:"
        " git stash, make rollback, git stash pop, make migrate",
    )
