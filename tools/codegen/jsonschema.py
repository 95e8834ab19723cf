"""JSON Schema files of all models, made by the generated models themselves."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

from tools.codegen import describe
from tools.codegen.output import Files
from tools.console import Failure, note


def started() -> subprocess.Popen[str]:
    """Start the program that describes models; it makes itself ready meanwhile."""
    return subprocess.Popen(
        [sys.executable, "-I", str(describe.__file__)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def render(
    files: Files, package: str, program: subprocess.Popen[str]
) -> dict[PurePosixPath, str]:
    """Give a file for each model of *package*, of which *files* are the inputs.

    A model that cannot be described is named, and has no file.

    Raises:
        Failure: the models do not import.
    """
    with tempfile.TemporaryDirectory(prefix="todo-codegen-") as name:
        for path, content in files.items():
            target = Path(name) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, "utf-8")
        said, errors = program.communicate(f"{name} {package}\n")
    if program.returncode:
        raise Failure(
            "the generated models do not import",
            where=_cause(errors, package),
            next="report this with the table that the message names",
        )
    texts, failures = json.loads(said)
    for model, reason in sorted(failures.items()):
        note(f"{model} has no JSON Schema: {reason}")
    return {PurePosixPath(f"{m}.schema.json"): texts[m] for m in sorted(texts)}


def _cause(trace: str, package: str) -> str:
    """The error at the end of a traceback, with the generated line that raised it."""
    lines = trace.strip().splitlines()
    places = [line.strip() for line in lines if package in line and "File" in line]
    errors = [
        line for line in lines if line and not line.startswith((" ", "Traceback"))
    ]
    return "; ".join([*places[-1:], *errors[:1]]) or trace
