"""Docker's client, as far as the tools use it: build, and run with few rights."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tools.console import Failure, out

# Its own user at most, nothing to write, no way to gain a privilege, and little room.
_HARDENED: Final = (
    *("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--memory=256m", "--pids-limit=100"),
)


def silence() -> str | None:
    """Say why no engine answers; None if one does."""
    docker = shutil.which("docker")
    if docker is None:
        return "Docker is not installed"
    done = _docker("version", "--format", "{{.Server.Version}}")
    return None if done.returncode == 0 else f"Docker says: {_last_line(done)}"


def build(name: str, directory: Path) -> str:
    """Give the image of *directory*'s Dockerfile, built if need be.

    Args:
        name: of the image; its tag is a hash of the Dockerfile.
        directory: with the Dockerfile.

    Raises:
        Failure: it cannot be built; with Docker's last words.
    """
    text = (directory / "Dockerfile").read_bytes()
    tag = f"{name}:{hashlib.sha256(text).hexdigest()[:12]}"
    if _docker("image", "inspect", tag).returncode == 0:
        return tag
    with out.status(f"building the image {name}"):
        done = _docker("build", "--network=host", "--tag", tag, str(directory))
    if done.returncode:
        raise Failure(
            f"the image {name} cannot be built: {_last_line(done)}",
            where=str(directory / "Dockerfile"),
            next=f"docker build --network=host {directory}",
        )
    return tag


def command(
    image: str,
    *,
    user: str | None,
    variables: Iterable[str],
    mounts: Iterable[Path],
    workdir: Path,
    entrypoint: str | None = None,
) -> list[str]:
    """Give the words that run *image* once, to which its arguments are added.

    Args:
        image: name and tag.
        user: `uid:gid`; None for the image's own.
        variables: names of the client's variables that it is to have.
        mounts: what it may read, at the same place.
        workdir: where it starts.
        entrypoint: a program in place of the image's.
    """
    words = ["docker", "run", "--rm", "--init", "--network=host", *_HARDENED]
    words += ["--user", user] if user else []
    words += [f"--env={name}" for name in variables]
    for place in mounts:
        words.append(f"--mount=type=bind,source={place},target={place},readonly")
    words += [f"--workdir={workdir}"]
    words += [f"--entrypoint={entrypoint}"] if entrypoint else []
    return [*words, image]


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    # A client without the plug-in for BuildKit builds the old way, if it is told to.
    old = {} if _has_buildx() else {"DOCKER_BUILDKIT": "0"}
    return subprocess.run(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, **old},
    )


def _has_buildx() -> bool:
    asked: Sequence[str] = ("docker", "buildx", "version")
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1].strip() if lines else "nothing"
