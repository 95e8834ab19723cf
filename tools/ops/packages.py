"""Programs of Debian for operators, unpacked into the cache and never installed.

    python -m tools.ops.packages NAME        fetch one, and say where it is

Some are wanted newer than this machine's own suite has them: those come from another
suite of the same mirror, with package lists of their own, and run with the libraries of
this machine's suite. A program that is installed and new enough is taken as it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tools.console import Failure, out, run, say
from tools.ops import baseimage
from tools.postgres import debian
from tools.postgres.storage import exclusive, explained

SUITE: Final = "trixie"
_SECONDS: Final = 600.0  # another process may be fetching on a slow line


@dataclass(frozen=True)
class Program:
    """One program and the packages that hold it.

    Attributes:
        name: of the program.
        newer: packages from the newer suite, without what they depend on.
        own: packages from this machine's suite, with what they depend on.
        least: the oldest version that will do, of one that is installed.
        asks: the argument that makes it say its version.
    """

    name: str
    newer: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    least: tuple[int, ...] = ()
    asks: str = "--version"


PROGRAMS: Final = (
    Program(
        "pgbackrest",
        newer=("pgbackrest",),
        own=("libpq5", "libssh2-1", "libxml2", "libzstd1", "liblz4-1", "libbz2-1.0"),
        least=(2, 55),
        asks="version",
    ),
    Program("age", own=("age",), least=(1, 0)),
    Program("age-keygen", own=("age",), least=(1, 0)),
    Program("prometheus", newer=("prometheus",), least=(2, 53)),
    Program("promtool", newer=("promtool",), least=(2, 53)),
    Program("alertmanager", newer=("prometheus-alertmanager",), least=(0, 27)),
    Program("amtool", newer=("prometheus-alertmanager",), least=(0, 27)),
    Program(
        "postgres_exporter", newer=("prometheus-postgres-exporter",), least=(0, 17)
    ),
)
# What a package calls its program, where that is not its name.
_OTHER_NAMES: Final = {
    "postgres_exporter": "prometheus-postgres-exporter",
    "alertmanager": "prometheus-alertmanager",
}
_SHORT_NAMES: Final = {long: short for short, long in _OTHER_NAMES.items()}


@cache
def find(name: str) -> Path:
    """Give the path of a program that every account can run, fetched if need be.

    Raises:
        Failure: it is not installed in a version that will do, and cannot be fetched.
    """
    program = next(one for one in PROGRAMS if one.name == name)
    installed = _installed(program)
    if installed is not None:
        return installed
    wrapper = _root(program) / "bin" / name
    if not wrapper.exists():
        _fetch(program)
    return wrapper


def main(argv: Sequence[str]) -> int:
    """Fetch the programs named, or all, and say where they are."""
    for name in argv or [program.name for program in PROGRAMS]:
        if name not in {program.name for program in PROGRAMS}:
            raise Failure(f"there is no program {name!r} here", status=2)
        say(str(find(name)))
    return 0


def _installed(program: Program) -> Path | None:
    found = shutil.which(program.name) or shutil.which(
        _OTHER_NAMES.get(program.name, program.name)
    )
    if found is None:
        return None
    asked = subprocess.run(
        [found, program.asks], capture_output=True, text=True, check=False
    )
    told = re.search(r"\d+(?:\.\d+)+", asked.stdout + asked.stderr)
    version = tuple(map(int, told[0].split("."))) if told else ()
    return Path(found) if version >= program.least else None


def _root(program: Program) -> Path:
    name = f"ops-{(program.newer or program.own)[0]}"
    return debian.unpacked(name, *program.newer, "+", *program.own, SUITE)


def _fetch(program: Program) -> None:
    root = _root(program)
    with exclusive(root.parent / "lock.ops", seconds=_SECONDS):
        if root.exists():
            return
        partial = root.with_name(root.name + ".partial")
        with explained(partial), out.status(f"fetching {program.name} of Debian"):
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            partial.chmod(0o755)
            try:
                _unpack(program, partial)
                libraries = [
                    *partial.glob("usr/lib/*-linux-gnu*"),
                    *partial.glob("lib/*-linux-gnu*"),
                ]
                debian.write_wrappers(
                    partial, root, partial.glob("usr/bin/*"), libraries, _SHORT_NAMES
                )
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
            partial.rename(root)


def _unpack(program: Program, target: Path) -> None:
    if program.own:
        reason = debian.unpack_with_apt(target, program.own)
        if reason is not None:
            raise _missing(program, reason)
    if program.newer:
        _unpack_newer(program, target)


def _unpack_newer(program: Program, target: Path) -> None:
    """Download from the newer suite with state of our own, and unpack."""
    work = target / "apt"
    for name in ("lists/partial", "archives/partial"):
        (work / name).mkdir(parents=True)
    try:
        address = baseimage.mirror()
    except Failure as failure:
        raise _missing(program, failure.what) from failure
    (work / "list").write_text(f"deb {address} {SUITE} main\n")
    options = [
        *("-q", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="),
        *("-o", f"Dir::Etc::sourcelist={work}/list"),
        *(
            "-o",
            "Dir::Etc::sourceparts=/dev/null",
            "-o",
            "Dir::State::status=/dev/null",
        ),
        *("-o", f"Dir::State::lists={work}/lists", "-o", f"Dir::Cache={work}"),
        *("-o", f"Dir::Cache::archives={work}/archives"),
    ]
    for words in (["update"], ["download", *program.newer]):
        _step(program, ["apt-get", *options, *words], work / "archives")
    for package in sorted((work / "archives").glob("*.deb")):
        _step(program, ["dpkg-deb", "-x", str(package), str(target)], work)
    shutil.rmtree(work)
    for waste in ("doc", "man", "locale"):
        shutil.rmtree(target / "usr/share" / waste, ignore_errors=True)


def _step(program: Program, command: list[str], place: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except FileNotFoundError as error:
        raise _missing(program, f"this machine has no {command[0]}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise _missing(program, f"{command[0]} says: {lines[-1]}")


def _missing(program: Program, reason: str) -> Failure:
    least = ".".join(map(str, program.least))
    return Failure(
        f"{program.name} {least} or newer is not to be had: {reason}",
        where=", ".join(program.newer or program.own),
        next=f"install {program.name} {least} or newer, so that it is on PATH; then run"
        " the same command again",
    )


if __name__ == "__main__":
    run(main)
