"""The same schema gives the same bytes, whatever does not belong to the schema.

The seed of hashes, the order of options, a dump and a restore, the server's version.
TODO_TEST_BYTES=all tries every combination; otherwise five runs meet each value.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.python.tools.codegen.test_output import tree
from tools import migrate, project
from tools.postgres import databases, debian
from tools.postgres.binaries import find_bin
from tools.postgres.os_user import environment
from tools.postgres.server import Cluster
from tools.postgres.throwaway import throwaway

SEEDS: Final = ("0", "1", "2", "4711", "random")
Run = tuple[str, str, int]  # seed, address, order of options


@contextmanager
def pair(major: int) -> Iterator[list[str]]:
    """A migrated database on a server of its own, and a restored dump of it."""
    with throwaway(find_bin(major)) as cluster:
        for name in ("original", "restored"):
            databases.create(cluster.url(), name)
        migrate.apply(cluster.url("original"))
        restore(cluster, "original", "restored")
        yield [cluster.url("original"), cluster.url("restored")]


def restore(cluster: Cluster, source: str, target: str) -> None:
    """Carry the schema over by pg_dump and psql, as a backup would."""
    dump = subprocess.run(
        [str(cluster.bin / "pg_dump"), "--dbname", cluster.url(source)],
        check=True,
        capture_output=True,  # as bytes: a CHECK may hold a carriage return
        env=environment(),
    ).stdout
    subprocess.run(
        [str(cluster.bin / "psql"), "-qXv", "ON_ERROR_STOP=1", cluster.url(target)],
        input=dump,
        check=True,
        capture_output=True,
        env=environment(),
    )


def generated(run: Run, target: Path) -> dict[str, bytes]:
    """Generate in a process of its own."""
    seed, url, order = run
    options = [["--url", url], [f"--target={target}"]]
    words = [word for option in options[:: 1 - 2 * order] for word in option]
    done = subprocess.run(
        [sys.executable, "-m", "tools.codegen", *words],
        capture_output=True,
        text=True,
        cwd=project.ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert done.returncode == 0, done.stderr
    return tree(target)


def runs(urls: list[str]) -> list[Run]:
    """All combinations, or as many as there are seeds, in which each value occurs."""
    every = list(itertools.product(SEEDS, urls, (0, 1)))
    if os.environ.get("TODO_TEST_BYTES") == "all":
        random.Random(1).shuffle(every)  # noqa: S311 - no secret
        return every
    return [
        (seed, urls[number % len(urls)], number // 2 % 2)
        for number, seed in enumerate(SEEDS)
    ]


def test_the_bytes_depend_on_the_schema_alone(tmp_path: Path) -> None:
    majors = [18] if debian.kit() is None else [18, debian.MAJOR]
    with ExitStack() as stack:
        urls = [u for m in majors for u in stack.enter_context(pair(m))]
        tried = runs(urls)
        targets = [tmp_path / str(number) for number in range(len(tried))]
        with ThreadPoolExecutor(2) as pool:
            trees = list(pool.map(generated, tried, targets))
    here = {n: text for n, text in tree(project.GENERATED).items() if "pyc" not in n}
    for run, found in zip(tried, trees, strict=True):
        assert sorted(found) == sorted(here), run
        assert [name for name in here if found[name] != here[name]] == [], run
