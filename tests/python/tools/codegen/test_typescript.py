"""TypeScript for schemas of all kinds: one type by each name, and nothing invented."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tools import node
from tools.codegen import typescript
from tools.codegen.output import Files
from tools.console import Failure
from tools.paths import JAVASCRIPT

CLOSED = {"type": "string", "enum": ["a", "b"], "title": "Mood", "description": "How."}


def files(**models: dict[str, Any]) -> Files:
    return {
        PurePosixPath(f"{name}.schema.json"): json.dumps({"title": name, **schema})
        for name, schema in models.items()
    }


def model(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **more}


def types(given: Files) -> str:
    ((_, text),) = typescript.render(given).items()
    return text


def test_a_closed_set_is_one_type_however_it_is_referred_to() -> None:
    plain = {"$ref": "#/$defs/Mood"}
    owned = {**plain, "default": "a", "description": "Another."}
    text = types(
        files(
            One=model({"mood": plain}, **{"$defs": {"Mood": CLOSED}}),
            Two=model({"mood": owned}, **{"$defs": {"Mood": CLOSED}}),
        )
    )
    assert text.count('"a" | "b"') == 1
    assert text.count("mood?: Mood;") == 2


def test_a_field_may_be_called_as_a_keyword_is() -> None:
    names = ["title", "default", "not", "$comment", "properties", "$ref"]
    text = types(files(One=model({name: {"type": "string"} for name in names})))
    found = re.findall(r"^  \"?([$\w]+)\"?\?: string;", text, re.MULTILINE)
    assert found == names


def test_one_name_for_two_things_is_refused() -> None:
    other = {**CLOSED, "enum": ["c"]}
    given = files(
        One=model({}, **{"$defs": {"Mood": CLOSED}}),
        Two=model({}, **{"$defs": {"Mood": other}}),
    )
    with pytest.raises(Failure, match="two models mean different things by Mood"):
        types(given)


def test_what_the_program_refuses_is_a_failure_with_its_words() -> None:
    given = files(One=model({"a": {"$ref": "#/$defs/Nothing"}}))
    with pytest.raises(Failure, match=r"no TypeScript could be made .*Nothing"):
        types(given)


def test_it_waits_for_what_has_not_come_yet() -> None:
    """A pipe may be empty for a while; of a large schema it always is."""
    schema = typescript.bundle(files(One=model({"a": {"type": "string"}})))
    mine, its = os.pipe()
    os.set_blocking(mine, False)
    packages = node.modules("types")
    with subprocess.Popen(
        node.command(JAVASCRIPT / "types" / "types.cjs"),
        stdin=mine,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=node.environment(packages),
    ) as process:
        os.close(mine)
        with open(its, "w", encoding="utf-8") as line:
            time.sleep(1)
            line.write(json.dumps(schema))
        said, _ = process.communicate(timeout=60)
    assert "export interface One" in said


def test_the_toys_types_are_valid(toy_files: Files, tmp_path: Path) -> None:
    text = toy_files[PurePosixPath("typescript/index.ts")]
    assert "interface JsonValue" not in text
    assert 'export type Mood = "so so" | "so-so" | "won\'t say" | "";' in text
    target = tmp_path / "index.ts"
    target.write_text(text, "utf-8")
    packages = node.modules("types")
    tsc = packages / "typescript" / "bin" / "tsc"
    options = ("--strict", "--noEmit", "--ignoreConfig", str(target))
    subprocess.run(node.command(tsc, *options), check=True)
