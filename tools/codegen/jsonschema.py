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


def render(files: Files, package: str) -> dict[PurePosixPath, str]:
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
        program = str(describe.__file__)
        result = subprocess.run(
            [sys.executable, "-I", program, name, package],
            capture_output=True,
            text=True,
        )
    if result.returncode:
        raise Failure(
            "the generated models do not import",
            where=_cause(result.stderr, package),
            next="report this with the table that the message names",
        )
    texts, failures = json.loads(result.stdout)
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
