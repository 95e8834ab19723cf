"""The base image of our Dockerfiles, made from the machine's own Debian mirror.

For tests where no image can be pulled: the result takes the official image's name in an
engine of our own, so that the same Dockerfile is built. It is Debian's minimal system,
not the official image: the digest is another one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import tempfile
from typing import Final

from tools.console import Failure
from tools.ops.engine import Engine

NAME: Final = "debian:bookworm-slim"
_SUITE: Final = "bookworm"
_MEMORY: Final = "/dev/shm"  # noqa: S108 - only through mkdtemp
# What the official slim image leaves out, too.
_WITHOUT: Final = ("doc", "info", "locale", "man")
_TARGETS: Final = (
    *("apt-get", "indextargets", "--no-release-info"),
    *("--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"),
)


def ensure(engine: Engine) -> None:
    """Make the image in *engine* if it is not there.

    Raises:
        Failure: this is no Debian, or its mirror does not have the suite.
    """
    options = _options(mirror())
    recipe = hashlib.sha256(" ".join(options).encode()).hexdigest()[:12]
    label = '{{index .Config.Labels "recipe"}}'
    made = engine.docker("image", "inspect", "--format", label, NAME)
    if made.stdout.strip() == recipe:
        return
    changes = f"-c 'CMD [\"bash\"]' -c 'LABEL recipe={recipe}'"
    script = f'mmdebstrap "$@" | docker import {changes} - {NAME}'
    with tempfile.TemporaryDirectory(prefix="todo-db-base-", dir=_place()) as place:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script, "bash", *options],
            env={**engine.environment, "TMPDIR": place},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("E: ")]
        raise Failure(
            f"mmdebstrap could not make {NAME}: {' '.join(lines) or done.stderr}",
            next="apt-get update; then run the same command again",
        )


def mirror() -> str:
    """Give the address of the mirror that this machine's apt takes its system from.

    Raises:
        Failure: the machine is no Debian, or apt does not say.
    """
    system = (
        platform.freedesktop_os_release() if os.path.exists("/etc/os-release") else {}
    )
    asked = subprocess.run(_TARGETS, capture_output=True, text=True, check=False)
    wanted = [system.get("VERSION_CODENAME"), "main"]
    for line in asked.stdout.splitlines():
        address, *rest = line.split()
        if system.get("ID") == "debian" and rest == wanted:
            return address
    raise Failure(
        f"apt names no mirror of Debian on {system.get('PRETTY_NAME', 'this system')}",
        where="/etc/apt/sources.list.d",
        next="run it on Debian; or with an engine that may pull " + NAME,
    )


def _place() -> str | None:
    """Give memory where a system can be unpacked in it: 48 s in place of 75."""
    flags = os.statvfs(_MEMORY).f_flag if os.path.isdir(_MEMORY) else os.ST_NOEXEC
    return None if flags & (os.ST_NOEXEC | os.ST_NODEV | os.ST_RDONLY) else _MEMORY


def _options(address: str) -> list[str]:
    """Give the arguments of mmdebstrap, which writes the system to its output."""
    options = ["--mode=root", "--variant=minbase", "--dpkgopt=force-unsafe-io"]
    options += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _WITHOUT]
    if address.startswith("https:"):
        options.append("--include=ca-certificates")
    return [*options, _SUITE, "-", f"deb {address} {_SUITE} main"]
