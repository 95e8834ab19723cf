"""The TypeScript compiler, strict, agrees with the generated types."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tools import node
from tools.project import GENERATED

HERE = Path(__file__).parent
CONSUMER, MISUSE = HERE / "consumer.ts", HERE / "misuse.ts"
TYPES = GENERATED / "typescript" / "index.ts"
STRICT = (
    "--strict",
    "--noEmit",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
    "--isolatedModules",
    "--module",
    "nodenext",
    "--pretty",
    "false",
)


def tsc(*files: Path) -> list[str]:
    """The errors that the compiler finds in *files*."""
    packages = node.modules("types")
    compiler = packages / "typescript" / "bin" / "tsc"
    words = node.command(compiler, *STRICT, "--ignoreConfig", *map(str, files))
    done = subprocess.run(
        words, capture_output=True, encoding="utf-8", env=node.environment(packages)
    )
    assert bool(done.returncode) == bool(done.stdout), done
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def unmarked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The misuses without the marks that expect them."""
    place = tmp_path_factory.mktemp("tests") / "a" / "b" / "misuse.ts"
    place.parent.mkdir(parents=True)
    text = MISUSE.read_text("utf-8").replace("// @ts-expect-error", "//")
    place.write_text(text.replace("../../../generated", str(GENERATED)), "utf-8")
    return place


def test_every_use_is_accepted_and_every_misuse_is_an_error(unmarked: Path) -> None:
    """Without the marks, so that none hides an error other than the one it means."""
    lines = MISUSE.read_text("utf-8").splitlines()
    marked = [n + 1 for n, line in enumerate(lines, 1) if "@ts-expect-error" in line]
    errors = [line for line in tsc(TYPES, CONSUMER, unmarked) if line[:1] != " "]
    found = [re.search(r"misuse\.ts\((\d+),\d+\): error TS", line) for line in errors]
    assert [match and int(match[1]) for match in found] == marked
    assert len(marked) >= 30


def test_the_types_name_every_model_and_nothing_twice() -> None:
    files = (GENERATED / "json_schema").iterdir()
    models = {path.name.removesuffix(".schema.json") for path in files}
    found = re.findall(r"^export (\w+) (\w+)", TYPES.read_text("utf-8"), re.MULTILINE)
    interfaces = {name for kind, name in found if kind == "interface"}
    assert interfaces == models | {"Models"}
    sets = {name for kind, name in found if kind == "type"}
    assert sets == {"TaskStatus", "Theme", "ProfileVisibility"}
    assert len(found) == len(interfaces | sets)
