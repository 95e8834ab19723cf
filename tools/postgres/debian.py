"""PostgreSQL 15, pgTAP, pg_prove, plpgsql_check and PgBouncer, unpacked, not installed.

    python -m tools.postgres.debian    fetch them if they are not there, and say where

The tests run on the oldest supported server too, and Debian 12 has all of it. Its
packages are unpacked into a cache of the user's own: the same for root and for others,
nothing of the system changes, no service starts. Where apt has them not, a container of
Debian unpacks them; they run on this machine either way.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tools.console import Failure, out, run, say, timed
from tools.postgres.storage import cache_dir, exclusive, explained

MAJOR: Final = 15
PACKAGES: Final = (
    f"postgresql-{MAJOR}",
    f"postgresql-client-{MAJOR}",
    f"postgresql-{MAJOR}-pgtap",
    f"postgresql-{MAJOR}-plpgsql-check",
    "libtap-parser-sourcehandler-pgtap-perl",  # pg_prove
    "pgbouncer",
)
IMAGE: Final = "debian:12-slim"
SCRIPT: Final = Path(__file__).with_suffix(".sh")
_WRAPPER: Final = """\
#!/bin/sh
# {name} of {root}, with the libraries that were unpacked with it.
LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}
export LD_LIBRARY_PATH
exec {program} "$@"
"""


@dataclass(frozen=True)
class Kit:
    """The unpacked packages below *root*; programs are called through `bin/`."""

    root: Path

    @property
    def bin(self) -> Path:
        """Directory of PostgreSQL's programs and of pgbouncer."""
        return self.root / "bin"

    @property
    def extensions(self) -> Path:
        """Directory with the SQL of the extensions."""
        return self.root / f"usr/share/postgresql/{MAJOR}/extension"

    @property
    def libraries(self) -> Path:
        """Directory with the shared objects of the extensions."""
        return self.root / f"usr/lib/postgresql/{MAJOR}/lib"

    @property
    def pgtap_sql(self) -> Path:
        """PgTAP as one file for psql, which needs no extension on the server."""
        found = self.extensions.glob("pgtap--*.sql")
        return max(path for path in found if path.name.count("--") == 1)

    def pg_prove(self) -> list[str]:
        """Give the command of pg_prove, to which options and files are added."""
        perl = shutil.which("perl")
        if perl is None:
            raise Failure(
                "pg_prove needs Perl, and there is none",
                next="install the package perl, then run the same command again",
            )
        paths = [self.root / "usr/share/perl5"]
        if subprocess.run(
            [perl, "-MTAP::Harness", "-e1"], stderr=subprocess.DEVNULL
        ).returncode:
            # Only Debian's smallest Perl is here: its other modules were unpacked too.
            paths += sorted(self.root.glob("usr/share/perl/5.*"))
            paths += sorted(self.root.glob("usr/lib/*/perl/5.*"))
        include = [f"-I{path}" for path in paths]
        return [perl, *include, str(self.root / "usr/bin/pg_prove")]


def kit() -> Kit | None:
    """Give the unpacked packages if they are here."""
    root = _root()
    return Kit(root) if root.exists() else None


def ensure() -> Kit:
    """Give the unpacked packages, fetched first if need be.

    Raises:
        Failure: neither apt nor Docker can provide them; names both ways.
    """
    root = _root()
    with exclusive(root.parent / "lock.debian", seconds=600):
        if not root.exists():
            partial = root.with_name(root.name + ".partial")
            with timed(f"PostgreSQL {MAJOR}, pgTAP and pg_prove of Debian"):
                _unpack(partial)
            programs = [*partial.glob(f"usr/lib/postgresql/{MAJOR}/bin/*")]
            programs.append(partial / "usr/sbin/pgbouncer")
            libraries = partial.glob("usr/lib/*-linux-gnu*")
            write_wrappers(partial, root, programs, libraries)
            partial.rename(root)
    return Kit(root)


def main(_: Sequence[str]) -> int:
    """Fetch the packages and say where they are."""
    say(str(ensure().root))
    return 0


@cache
def _root() -> Path:
    return unpacked("debian", *PACKAGES, IMAGE)


def unpacked(name: str, *recipe: str) -> Path:
    """Name a directory of the cache after everything that decides its content.

    Args:
        name: what it begins with.
        recipe: what is unpacked there, and whence.
    """
    system = (
        platform.freedesktop_os_release() if os.path.exists("/etc/os-release") else {}
    )
    every = [*recipe, SCRIPT.read_text(), _WRAPPER, platform.machine()]
    every += [system.get("ID", ""), system.get("VERSION_ID", "")]
    key = hashlib.sha256("\n".join(every).encode()).hexdigest()[:12]
    return cache_dir() / f"{name}-{key}"


def _unpack(target: Path) -> None:
    """Fill *target* by the first way that works.

    Raises:
        Failure: none did; with the reason of each.
    """
    reasons = []
    for way in (unpack_with_apt, _with_docker):
        with explained(target), out.status("fetching Debian packages"):
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            reason = way(target)
        if reason is None:
            return
        reasons.append(reason)
    shutil.rmtree(target, ignore_errors=True)
    raise Failure(
        f"the tests need PostgreSQL {MAJOR}, pgTAP and pg_prove, and there was no way "
        "to have them: " + "; ".join(reasons),
        next="one of two ways: a package source that has "
        f"{PACKAGES[2]} (Debian 12, or https://wiki.postgresql.org/wiki/Apt); or a "
        "Docker engine that this user may use. Then run the same command again",
    )


def unpack_with_apt(target: Path, packages: Sequence[str] = PACKAGES) -> str | None:
    """Unpack with this machine's apt, as whoever we are; give the reason if not."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return "this machine has no apt-get"
    return _attempt("apt-get", ["sh", str(SCRIPT), str(target), *packages])


def _with_docker(target: Path) -> str | None:
    """Unpack in a container of Debian, as whoever we are; give the reason if not."""
    docker = shutil.which("docker")
    if docker is None:
        return "Docker is not installed"
    reason = _attempt("Docker", [docker, "version", "--format", "{{.Server.Version}}"])
    if reason is not None:
        return reason
    who = f"{os.getuid()}:{os.getgid()}"
    command = [docker, "run", "--rm", "--interactive", "--user", who]
    command += ["--volume", f"{target}:/target", IMAGE, "sh", "-s", "/target"]
    return _attempt("Docker", [*command, *PACKAGES], SCRIPT.read_text())


def _attempt(name: str, command: list[str], script: str = "") -> str | None:
    """Run one step of a way; None if it worked, else its last word."""
    done = subprocess.run(
        command,
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E: ")]
    return f"{name} says: {(errors or lines or ['nothing'])[-1]}"


def write_wrappers(
    partial: Path,
    root: Path,
    programs: Iterable[Path],
    libraries: Iterable[Path],
    names: Mapping[str, str] | None = None,
) -> None:
    """Write `bin/`: every program with the way to its libraries.

    Args:
        partial: where all is now.
        root: the name that it will have.
        programs: below *partial*.
        libraries: directories below *partial*.
        names: what a program is called in `bin/`, where that is not its own name.
    """
    found = ":".join(
        str(root / path.relative_to(partial)) for path in sorted(libraries)
    )
    (partial / "bin").mkdir()
    for program in programs:
        wrapper = partial / "bin" / (names or {}).get(program.name, program.name)
        wrapper.write_text(
            _WRAPPER.format(
                name=program.name,
                root=root,
                libraries=shlex.quote(found),
                program=shlex.quote(str(root / program.relative_to(partial))),
            )
        )
        wrapper.chmod(0o755)


if __name__ == "__main__":
    run(main)
