"""Command line: ``python -m tools.codegen [--check] [--url URL] [--target DIR] …``.

With `--schema` and `--role` it makes models of a schema that is not ours:

    python -m tools.codegen --url URL --schema shop --role shop_app --target DIR
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tools import project
from tools.codegen.build import OWN, Source, render
from tools.codegen.output import differences, write
from tools.console import say, timed


def main(argv: Sequence[str]) -> int:
    """Generate, or with ``--check`` compare; 1 if what is there is not what would be.

    Raises:
        Failure: no server, no database, a migration that fails, no valid output.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tools.codegen",
        description="Generate models, dump and data dictionary from the migrations.",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, print what would change"
    )
    parser.add_argument(
        "--url", help="read this database (default: a throw-away one, migrated)"
    )
    parser.add_argument(
        "--target",
        type=Path,
        default=project.GENERATED,
        help="write here (default: %(default)s)",
    )
    parser.add_argument(
        "--schema",
        action="append",
        help="may be given several times; the first one's names need no schema"
        f" (default: {' '.join(project.SCHEMAS)})",
    )
    parser.add_argument(
        "--role",
        help="whose privileges decide; an empty one may do all"
        f" (default: {project.ROLE})",
    )
    parser.add_argument(
        "--package", default=project.PACKAGE, help="default: %(default)s"
    )
    options = parser.parse_args(argv)
    with _database(options.url) as url, timed("generated"), _uncollected():
        files = render(url, _source(options))
    if options.check:
        return _check(differences(files, options.target))
    written = write(files, options.target)
    say(f"{len(written)} files in {options.target}")
    return 0


def _source(options: argparse.Namespace) -> Source:
    """What the options ask for; a role that is given calls the functions, too."""
    schemas = tuple(options.schema) if options.schema else OWN.schemas
    if options.role is None:
        internals = () if options.schema else OWN.internals
        return replace(
            OWN, schemas=schemas, package=options.package, internals=internals
        )
    return Source(schemas, options.role or None, (), options.package)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage: what is made lives to the end, and there is much of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _check(difference: str) -> int:
    if not difference:
        say("generated/ is what the migrations give")
        return 0
    sys.stdout.write(difference)
    say("generated/ is not what the migrations give; next: make codegen")
    return 1


@contextmanager
def _database(url: str | None) -> Iterator[str]:
    """Give *url*, or the address of a throw-away database with all migrations."""
    if url:
        yield url
        return
    from tools.migrate import apply
    from tools.postgres.server import throwaway

    with throwaway() as cluster:
        with timed("migrated a throw-away database"):
            apply(cluster.url())
        yield cluster.url()
