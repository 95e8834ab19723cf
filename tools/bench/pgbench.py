"""Runs PostgreSQL's pgbench and reads the time of every transaction from its log."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from todo_db._driver.pipelined_transaction import Preamble
from tools.bench.place import Place
from tools.console import Failure
from tools.postgres.os_user import environment


@dataclass(frozen=True)
class Script:
    """What one kind of transaction sends.

    Args:
        name: of the kind.
        text: as pgbench reads it.
        weight: how often it is drawn among the scripts of a run.
    """

    name: str
    text: str
    weight: int = 1


@dataclass(frozen=True)
class Run:
    """How a run is to be.

    Args:
        url: where to.
        clients: connections at a time.
        seconds: how long, unless *count* says how many.
        count: transactions of each client.
        prepared: whether statements are prepared by name.
        seed: of the draws.
    """

    url: str
    clients: int = 1
    seconds: int = 1
    count: int | None = None
    prepared: bool = False
    seed: int = 1


def run(
    place: Place, scripts: Sequence[Script], how: Run, variables: Mapping[str, object]
) -> dict[str, list[float]]:
    """Run *scripts* and give the milliseconds of each kind's transactions.

    Raises:
        Failure: a transaction failed; the message holds the server's own words.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        home = Path(name)
        command = [str(place.cluster.bin / "pgbench"), "-n", "-d", how.url]
        command[2:2] = ["-M", "prepared" if how.prepared else "extended"]
        command += ["-c", str(how.clients), "-j", str(min(how.clients, 2))]
        command += ["-T", str(how.seconds)] if how.count is None else []
        command += ["-t", str(how.count)] if how.count is not None else []
        command += ["--log", f"--log-prefix={home / 'log'}"]
        command += [f"--random-seed={how.seed}"]
        for key, value in variables.items():
            command += ["-D", f"{key}={value}"]
        for number, script in enumerate(scripts):
            file = home / f"{number}.sql"
            file.write_text(script.text)
            command += ["-f", f"{file}@{script.weight}"]
        command.remove("-d")
        command.append(command.pop(command.index(how.url)))
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment()
        )
        if done.returncode or "aborted" in done.stderr:
            raise Failure(
                f"pgbench failed: {done.stderr.strip()[-800:]}",
                where=", ".join(script.name for script in scripts)[:80],
            )
        return _read(home, scripts)


def _read(home: Path, scripts: Sequence[Script]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {script.name: [] for script in scripts}
    names = [script.name for script in scripts]
    for log in home.glob("log.*"):
        for line in log.read_text().splitlines():
            words = line.split()
            found[names[int(words[3])]].append(int(words[2]) / 1000)
    return found


def spoken(preamble: Preamble) -> list[str]:
    """Write the runtime's preamble as pgbench's lines; its token is `:token`."""
    lines = []
    for text, values in preamble.statements:
        line = text.decode()
        for number in range(len(values), 0, -1):
            value = values[number - 1].decode()
            shown = ":token" if value.startswith("v1.") else f"'{value}'"
            line = line.replace(f"${number}", shown)
        lines.append(f"{line};")
    return lines


def token_of(preamble: Preamble) -> str:
    """Give the token of the runtime's preamble."""
    return next(
        value.decode()
        for _, values in preamble.statements
        for value in values
        if value.startswith(b"v1.")
    )


def transaction(
    preamble: Sequence[str], query: str, *, writes: bool, before: str = ""
) -> str:
    """Write one transaction, its preamble and its statement in one round trip.

    A reading one needs no BEGIN: the round trip is a transaction of its own.
    """
    begin = ["begin;"] if writes else []
    end = ["commit;"] if writes else []
    lines = [before] if before else []
    lines += ["\\startpipeline", *begin, *preamble, f"{query};", "\\endpipeline", *end]
    return "\n".join(lines) + "\n"
