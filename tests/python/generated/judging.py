"""Asks who reads JSON Schema: ajv in one process of Node, and Python's jsonschema."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator

from tools import node
from tools.project import GENERATED

Schema: TypeAlias = dict[str, Any]
_SCRIPT = Path(__file__).with_name("judge.cjs")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Who takes a JSON text: ajv, and Python's jsonschema."""

    ajv: bool
    python: bool


@dataclass(slots=True)
class Judge:
    """Judges JSON texts by schemas that it learnt under a name."""

    process: subprocess.Popen[str]
    known: dict[str, Draft202012Validator] = field(default_factory=dict)

    def learn(self, name: str, schema: Schema) -> None:
        """Take *schema* for *name* from now on; it must be without fault."""
        Draft202012Validator.check_schema(schema)
        checker = Draft202012Validator.FORMAT_CHECKER
        self.known[name] = Draft202012Validator(schema, format_checker=checker)
        assert self._ask("learn", name, schema)

    def judge(self, name: str, text: str) -> Verdicts:
        """Say who takes *text*."""
        python = self.known[name].is_valid(json.loads(text))
        return Verdicts(self._ask("judge", name, text), python)

    def _ask(self, *words: Any) -> bool:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        assert isinstance(said, bool), said
        return said


@contextmanager
def judges() -> Iterator[Judge]:
    """A judge that knows nothing yet."""
    packages = node.modules("types")
    with subprocess.Popen(
        node.command(_SCRIPT),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=node.environment(packages),
    ) as process:
        yield Judge(process)
        assert process.stdin
        process.stdin.close()


def stored(model: str) -> Schema:
    """Read the JSON Schema file of *model*."""
    path = GENERATED / "json_schema" / f"{model}.schema.json"
    schema: Schema = json.loads(path.read_text("utf-8"))
    return schema


def of_field(model: str, name: str) -> Schema:
    """The part of a model's schema that is about one field."""
    schema = stored(model)
    kept = {key: schema[key] for key in ("$schema", "$defs") if key in schema}
    return {**kept, **schema["properties"][name]}
