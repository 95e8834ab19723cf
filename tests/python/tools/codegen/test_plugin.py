"""`sqlacodegen --generator todo-db` writes one module that works by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.tools.codegen.conftest import database_of
from tests.python.tools.codegen.test_corpus import CASES
from tools.codegen import onemodule
from tools.postgres.cluster import Cluster

SQLACODEGEN = Path(sys.executable).with_name("sqlacodegen")
_USE = """\
import datetime as dt, sys
import {name} as models
from pydantic import ValidationError
from sqlalchemy import create_engine
from sqlalchemy.orm import configure_mappers
from sqlmodel import Session, select
configure_mappers()
"""
_TOY_USE = """\
with Session(create_engine(sys.argv[1])) as session:
    team = models.TeamCreate.model_validate_json('{"name": "Red"}').to_row()
    session.add(team)
    session.flush()
    ann = models.Person(name="Ann", starts_on=dt.date(2020, 1, 1), team=team)
    session.add(ann)
    session.flush()
    assert session.exec(select(models.Crew)).one().team == "Red"
    try:
        models.PersonCreate(name="Ann", starts_on=ann.starts_on, boss_id=1)
    except ValidationError as error:
        assert "num_nonnulls" in str(error)
    else:
        raise AssertionError("a rule about two columns is broken")
print(sorted(name for name in vars(models) if name.endswith("Create")))
"""


def generated(url: str, target: Path, *options: str) -> str:
    """Run sqlacodegen's own command; give what it writes to standard output."""
    done = subprocess.run(
        [SQLACODEGEN, "--generator", "todo-db", *options, url],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    target.write_text(done.stdout, "utf-8")
    return done.stdout


def used(target: Path, program: str, *arguments: str) -> str:
    """Use the module in a process of its own, in which every warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        cwd=target.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def toy_driver_url(cluster: Cluster, toy_url: str) -> str:
    return cluster.url("codegen_toy", driver="psycopg")


def test_the_toy_schema_as_one_module(toy_driver_url: str, tmp_path: Path) -> None:
    target = tmp_path / "toy_module.py"
    code = generated(toy_driver_url, target, "--schemas", "toy")
    assert "from ." not in code and "import rules" not in code
    program = _USE.format(name="toy_module") + _TOY_USE
    assert "'PersonCreate', 'TeamCreate'" in used(target, program, toy_driver_url)
    if os.environ.get("TODO_TEST_CORPUS") == "all":
        command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental"]
        subprocess.run([*command, str(target)], check=True)


def test_the_command_s_own_options_choose(toy_driver_url: str, tmp_path: Path) -> None:
    target = tmp_path / "some.py"
    options = ("--schemas", "toy", "--tables", "teams,likes", "--noviews")
    code = generated(toy_driver_url, target, *options)
    assert "class Like(" in code and "class Team(" in code
    assert "class Passport(" not in code and "class Crew(" not in code
    used(target, _USE.format(name="some"))


def test_a_role_decides_what_is_taken(cluster: Cluster, tmp_path: Path) -> None:
    script = (
        "create role plugin_reader; create table public.t (id int primary key, a int);"
        "grant select on t to plugin_reader; grant insert (id) on t to plugin_reader"
    )
    with database_of(cluster, "plugin_role", script):
        url = cluster.url("plugin_role", driver="psycopg")
        target = tmp_path / "t.py"
        generated(url, target, "--options", "role=plugin_reader")
        program = _USE.format(name="t") + "print(list(models.TCreate.model_fields))"
        assert used(target, program) == "['id']\n"
        subprocess.run(
            [cluster.bin / "psql", "-qX", cluster.url("plugin_role")],
            input="drop owned by plugin_reader; drop role plugin_reader",
            text=True,
            check=True,
        )


def test_several_schemas_as_one_module(cluster: Cluster, tmp_path: Path) -> None:
    (script,) = (path.read_text("utf-8") for path in CASES if path.stem == "several")
    with database_of(cluster, "plugin_several", script):
        url = cluster.url("plugin_several", driver="psycopg")
        generated(url, tmp_path / "both.py", "--schemas", "several,several_too")
    program = _USE.format(name="both") + "print(models.SeveralTooOwner.owner)"
    assert used(tmp_path / "both.py", program) == "SeveralTooOwner.owner\n"


def test_one_name_for_two_things_is_two_names() -> None:
    merged = onemodule.merge(
        {
            "_values": "from a import cast, Text\nT = cast(Text)\n",
            "_rows": "from b import cast\nfrom ._values import T\nx = cast(T).cast\n",
            "rules": "def r(cast):\n    return 1\n",
            "models": "from . import rules\nfrom ._rows import x\ny = rules.r(x)\n",
        },
        "Two.",
    )
    lines = merged.splitlines()
    assert "from b import cast as cast_" in lines and "x = cast_(T).cast" in lines
    assert "y = r(x)" in lines
    assert "T = cast(Text)" in lines
