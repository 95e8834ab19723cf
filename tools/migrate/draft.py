"""Drafts a migration from the difference between `sql/` and `migrations/`.

pg-delta works it out; the proofs of `make verify` find what it leaves out.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools import migrate, node
from tools.console import Failure
from tools.migrate import delta
from tools.migrate.delta import Place
from tools.postgres import databases
from tools.postgres.cluster import Cluster
from tools.postgres.server import throwaway
from tools.project import LEDGER, ROOT, SCHEMA

_SECONDS: Final = 60


@dataclass(frozen=True)
class Draft:
    """Both directions as SQL, empty where there is none, and then the reason.

    Args:
        by: the program that wrote it.
    """

    forward: str = ""
    back: str = ""
    by: str = delta.PACKAGE
    reason: str = ""


def draft(directory: Path, schema: Path = SCHEMA) -> Draft:
    """Return what leads from *directory* to *schema*, and back.

    Raises:
        Failure: `sql/` does not load, or a migration does not run.
    """
    try:
        packages = node.modules("draft")
    except Failure as failure:  # a draft is a convenience: one can do without
        return Draft(reason=failure.what)
    with ExitStack() as stack:
        has, wants = (stack.enter_context(throwaway()) for _ in range(2))
        for cluster in (has, wants):
            databases.create(cluster.url(), "draft")
        migrate.apply(has.url("draft"), directory=directory)
        has.psql("-qc", f"drop schema {LEDGER} cascade", dbname="draft")
        done = wants.psql("-q", "-f", str(schema), dbname="draft")
        if done.returncode:
            raise Failure(
                f"sql/ does not load: {done.stderr.strip()[:300]}",
                where=str(schema),
                next="correct the file; psql -f sql/schema.sql in an empty database",
            )
        try:
            forward = _plan(packages, has, wants)
            back = _plan(packages, wants, has)
        except (OSError, subprocess.SubprocessError) as error:
            return Draft(reason=f"{delta.PACKAGE} gave up: {node.said(error)}")
    if not forward:
        return Draft(reason="sql/ and migrations/ do not differ")
    return Draft(forward, back)


def _plan(packages: Path, source: Cluster, desired: Cluster) -> str:
    """Return the SQL that leads from one cluster's database to the other's."""
    text = delta.script(packages, Place(source, "draft"), Place(desired, "draft"))
    if not text:
        return ""
    with tempfile.TemporaryDirectory() as name:
        return _styled(text, Path(name) / "styled.sql")


def _styled(text: str, path: Path) -> str:
    """Return *text* as the style of the project has it, as far as sqlfluff can."""
    path.write_text(text)
    fluff = [sys.executable, "-m", "sqlfluff", "fix", "--quiet"]
    config = ["--config", str(ROOT / "pyproject.toml")]
    subprocess.run(
        [*fluff, *config, str(path)],
        check=False,  # what it cannot mend, lint will say
        capture_output=True,
        timeout=_SECONDS,
    )
    return path.read_text()
