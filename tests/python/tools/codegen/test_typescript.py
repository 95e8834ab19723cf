"""TypeScript for schemas of all kinds: one type by each name, and nothing invented."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tools import node
from tools.codegen import typescript
from tools.codegen.output import Files
from tools.console import Failure

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


def test_a_reference_to_nothing_is_refused_with_its_field() -> None:
    given = files(One=model({"a": {"$ref": "#/$defs/Nothing"}}))
    with pytest.raises(Failure, match=r"One\.a refers to Nothing"):
        types(given)


def test_every_form_of_a_type_has_one() -> None:
    text = types(
        files(
            One=model(
                {
                    "may_be": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "list": {"type": "array", "items": {"type": "integer"}},
                    "mixed": {
                        "type": "array",
                        "items": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                    },
                    "any": {},
                    "pairs": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                    },
                    "2fa": {"type": "boolean", "description": "Ends */ here."},
                    "far": {"enum": ["x" * 40, "y" * 40, 'a"b']},
                },
                required=["list"],
            )
        )
    )
    assert "  may_be?: string | null;" in text
    assert "  list: number[];" in text
    assert "  mixed?: (number | null)[];" in text
    assert "  any?: unknown;" in text
    assert "  pairs?: { [k: string]: string };" in text
    assert '  "2fa"?: boolean;' in text and "* Ends *\\/ here." in text
    assert f'  far?:\n    | "{"x" * 40}"\n    | "{"y" * 40}"\n    | "a\\"b";' in text


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
