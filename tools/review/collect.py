"""One review from end to end: every look at the change, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.catalog import differences
from tools.console import Failure
from tools.migrate import refusals
from tools.migrate.files import MigrationFile
from tools.postgres.server import find_bin
from tools.review import effects, linters, plpgsql, posture, rules, security, static
from tools.review.changes import Change
from tools.review.clone import Bench
from tools.review.filler.insert import notes as filler_notes
from tools.review.findings import Finding, Judged, Severity, judge
from tools.review.measure import Measured, Traced, measure, trace
from tools.review.proof import VERSIONS, Proof, prove
from tools.review.security import Item
from tools.review.trace import told

ROWS: Final = 20_000
_COUNTED: Final = {
    "grants added": ("grant added",),
    "policies removed": ("policy removed",),
    "policies loosened": ("policy loosened",),
}

Step = Callable[[str], None]


@dataclass
class Review:
    """All that is known about a change.

    Attributes:
        change: what was looked at.
        version: of the server that measured.
        traced: the run on empty tables; None where nothing could run.
        measured: the runs on filled tables; None where nothing could run.
        security: the security diff.
        schema: what differs in the catalogue, as lines.
        proofs: one per version of PostgreSQL.
        judged: the findings.
        notes: what was not looked at, and why.
    """

    change: Change
    version: str = ""
    traced: Traced | None = None
    measured: Measured | None = None
    security: list[Item] = field(default_factory=list)
    schema: list[str] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    judged: Judged = field(default_factory=lambda: Judged((), ()))
    notes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """`stop`, `look` or `pass`."""
        return self.judged.verdict

    @property
    def every(self) -> list[Finding]:
        """All findings, waived or not."""
        return [*self.judged.open, *(finding for finding, _ in self.judged.waived)]

    @property
    def counts(self) -> dict[str, int]:
        """What a reviewer wants to know first, as numbers."""
        kinds = security.counts(self.security)
        found = {
            name: sum(kinds.get(kind, 0) for kind in kinds_of)
            for name, kinds_of in _COUNTED.items()
        }
        steps = [one for one in self.every if one.key in rules.DESTRUCTIVE]
        return {**found, "destructive steps": len(steps)}


@dataclass(frozen=True)
class Plan:
    """How much is looked at.

    Attributes:
        rows: in every table.
        bin_dir: programs of the server that measures.
        versions: major versions for the proof.
        models: whether the generated models are compared.
    """

    rows: int
    bin_dir: Path
    versions: Sequence[int] = VERSIONS
    models: bool = True


def collect(change: Change, plan: Plan, step: Step = lambda _: None) -> Review:
    """Look at *change*.

    Args:
        change: under review, of at least one file or one that is gone.
        plan: how much is looked at.
        step: is told what is done next.

    Raises:
        Failure: the state before the change cannot be made, or a linter does not run.
    """
    review = Review(change)
    found = [*effects.of_history(change), *_refused(change.files)]
    step("squawk and sqlfluff")
    found += linters.lint(change.files)
    if change.files and not any(one.key == "refused" for one in found):
        found += _run(review, plan, step)
    review.judged = judge(found, change.files)
    return review


def _refused(files: Sequence[MigrationFile]) -> Iterator[Finding]:
    """Give what `make migrate` would refuse."""
    for file in files:
        try:
            refusals.check(file)
        except Failure as failure:
            where = (failure.where or str(file.path)).partition(": ")[0]
            text = f"make migrate refuses it: {failure.what}."
            yield Finding("refused", Severity.STOP, where, text, file.id)


def _run(review: Review, plan: Plan, step: Step) -> Iterator[Finding]:
    files = review.change.files
    with Bench(review.change, plan.bin_dir, lambda url, rows: None) as bench:
        step("run on empty tables, with a look at the catalogue after each statement")
        traced, after = trace(bench, files, plan.models)
        review.traced, review.version = traced, bench.version
        yield from _read(review, traced)
        if traced.error:
            return
        measured = measure(bench, files, traced, after, plan.rows, step)
        review.measured = measured
        review.notes += filler_notes(measured.filled)
        yield from effects.of_runs(measured)
    for major in plan.versions:
        step(f"proof on PostgreSQL {major}")
        review.proofs.append(prove(review.change, major))
    yield from _proven(review)


def _read(review: Review, traced: Traced) -> Iterator[Finding]:
    """Give what the statements and the catalogue say."""
    said = [
        finding
        for file in review.change.files
        for finding in static.look_at(file, traced.tables)
    ]
    yield from said
    if traced.error:
        yield effects.failed(traced.error, "fails", "It fails on empty tables")
        return
    found = differences(traced.before, traced.after)
    review.schema = [told(one) for one in found]
    review.security = security.items(traced.before, traced.after)
    yield from security.findings(review.security, traced.trace)
    yield from posture.findings(*traced.broken, traced.trace)
    yield from effects.of_catalogue(found, traced, said)
    if traced.models.note:
        review.notes.append(traced.models.note)


def _proven(review: Review) -> Iterator[Finding]:
    failed = [proof for proof in review.proofs if proof.passed is False]
    for proof in failed[:1]:
        versions = " and ".join(one.version for one in failed)
        count = len(proof.lines)
        more = f" (and {count - 1} lines more, below)" if count > 1 else ""
        text = f"PostgreSQL {versions}: {' '.join(proof.lines[0].split())}{more}"
        file = next((f.id for f in review.change.files if f.id in proof.where), "")
        where = proof.where or f"PostgreSQL {proof.version}"
        yield Finding("way-back", Severity.STOP, where, text, file)
    checked = [proof for proof in review.proofs if proof.remarks]
    if not checked:
        review.notes.append(
            "plpgsql_check did not run: no server with that extension is at hand;"
            " python -m tools.postgres.debian fetches one."
        )
    for proof in checked[:1]:
        before, after = proof.remarks or ((), ())
        yield from plpgsql.findings(before, after, review.change.files)


def default_plan(rows: int = ROWS) -> Plan:
    """Give the plan of `make review`."""
    return Plan(rows, find_bin())
