"""Prove that sql/, migrations/ and generated/ say the same: `python -m tools.verify`.

    python -m tools.verify [--pg MAJOR] [--only NAME …]

Exit status: 0 all proven; 1 something differs, and the lines say what and which way;
2 used wrongly.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from rich.markup import escape

from tools.console import out, say
from tools.postgres.binaries import read_version
from tools.postgres.server import find_bin
from tools.verify import proofs
from tools.verify.proofs import Ways


@dataclass(frozen=True)
class Proof:
    """One claim, the function that looks for what refutes it, and what to do then."""

    name: str
    claim: str
    refute: Callable[[Ways], list[str]]
    next: str


PROOFS: Final = (
    Proof(
        "schema",
        "sql/ and migrations/ give the same database",
        proofs.same_schema,
        "write what is missing: in sql/ if migrations/ is right, else make new m=…",
    ),
    Proof(
        "rollback",
        "each migration can be taken back without a trace, and applied again",
        proofs.way_back,
        "mend that rollback file; a migration without a way back says "
        "`-- irreversible: why`",
    ),
    Proof(
        "privilege",
        "a login with CREATEROLE and CREATEDB migrates to the same state",
        proofs.least_privilege,
        "say in the migration what the superuser's rights hid, such as an owner",
    ),
    Proof(
        "sources",
        "every object has its file in sql/, every file its test in tests/pgtap/",
        proofs.everything_is_explained,
        "move or write the file; path = address: sql/<schema>/<kind>/<object>.sql",
    ),
    Proof(
        "generated",
        "generated/ is what the generator writes",
        proofs.generated_is_current,
        "make codegen",
    ),
)


def main(argv: Sequence[str]) -> int:
    """Run the proofs, and print each with its time.

    Raises:
        Failure: a file of sql/ or migrations/ does not even run.
    """
    chosen = _parser().parse_args(argv)
    wanted = [p for p in PROOFS if not chosen.only or p.name in chosen.only]
    bin_dir, start = find_bin(chosen.pg), time.perf_counter()
    say(f"proofs on PostgreSQL {read_version(bin_dir)[1]}")
    with ExitStack() as stack:
        ways = Ways(bin_dir, stack)
        failed = [proof for proof in wanted if not _holds(proof, ways)]
        say(f"{len(wanted) - len(failed)} of {len(wanted)} proven in "
            f"{time.perf_counter() - start:.1f} s")  # fmt: skip
    return 1 if failed else 0


def _holds(proof: Proof, ways: Ways) -> bool:
    start = time.perf_counter()
    problems = proof.refute(ways)
    seconds = f"[dim]{time.perf_counter() - start:.2f} s[/dim]"
    if not problems:
        out.print(f"  [green]proven[/green]  {escape(proof.claim)}  {seconds}")
        return True
    out.print(f"  [bold red]refuted[/bold red] {escape(proof.claim)}  {seconds}")
    for line in problems:
        say(f"      {line}")
    say(f"    next: {proof.next}")
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify",
        description="Prove that sql/, migrations/ and generated/ say the same.",
    )
    parser.add_argument(
        "--pg", type=int, metavar="MAJOR", help="PostgreSQL to use (default: PG_MAJOR)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[proof.name for proof in PROOFS],
        metavar="PROOF",
        help=f"some of: {', '.join(proof.name for proof in PROOFS)}",
    )
    return parser
