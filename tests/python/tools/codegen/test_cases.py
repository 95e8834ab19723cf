"""Defects that schemas of others brought to light, one small schema each.

Each file of `corpus/cases/` is made in one database, generated from, imported, and used
on the database where it is about what that takes. TODO_TEST_CORPUS=all sends them
through everything that the rest of the corpus goes through, too.
"""

from __future__ import annotations

import datetime as dt
import importlib
import ipaddress
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock
from uuid import UUID

import psycopg
import pytest
from jsonschema import Draft202012Validator
from psycopg import sql
from pydantic import ValidationError
from sqlalchemy import MetaData, create_engine, inspect, make_url
from sqlalchemy.orm import configure_mappers
from sqlalchemy.pool import NullPool
from sqlmodel import Session, SQLModel, select

from tests.python.tools.codegen.conftest import database_of
from tests.python.tools.codegen.test_corpus import CASES, EVERYTHING
from tools.codegen import build, diagram
from tools.codegen.output import write
from tools.codegen.plan import Plan
from tools.postgres.server import Cluster

REFUSALS = (
    psycopg.errors.CheckViolation,
    psycopg.errors.DataError,
    psycopg.errors.NotNullViolation,
)


@dataclass(frozen=True)
class Case:
    """What was generated from one schema, imported, and the database it is from."""

    models: Any  # a module
    plan: Plan
    url: str

    def session(self) -> Any:
        """A session of the schema's owner."""
        url = make_url(self.url).set(drivername="postgresql+psycopg")
        return Session(create_engine(url, poolclass=NullPool))

    def there(self, table: str, values: dict[str, Any]) -> bool:
        """Whether the database takes a row."""
        given = {"id": 1, **values}
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(self.plan.facts.schema, table),
            sql.SQL(", ").join(map(sql.Identifier, given)),
            sql.SQL(", ").join(sql.Placeholder() for _ in given),
        )
        with psycopg.connect(self.url) as connection:
            try:
                connection.execute(statement, list(map(_plain, given.values())))
            except REFUSALS:
                return False
            finally:
                connection.rollback()
        return True

    def here(self, name: str, values: dict[str, Any]) -> bool:
        """Whether the model *name* takes the same."""
        try:
            getattr(self.models, name).model_validate({"id": 1, **values})
        except ValidationError:
            return False
        return True


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value


@pytest.fixture(scope="module")
def cases(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Case]]:
    """Give a case by its name; it is generated when it is first asked for."""
    script = "\n".join(path.read_text("utf-8") for path in CASES)
    target = tmp_path_factory.mktemp("cases")
    found: dict[str, Case] = {}
    with database_of(cluster, "codegen_cases", script) as url:

        def case(name: str, *more: str) -> Case:
            if name not in found:
                found[name] = _made(url, target, name, more)
            return found[name]

        sys.path.insert(0, str(target))
        try:
            yield case
        finally:
            sys.path.remove(str(target))


def _made(url: str, target: Path, name: str, more: tuple[str, ...]) -> Case:
    package = f"{name}_models"
    plan, files = build.models(url, build.Source((name, *more), None, (), package))
    write({path.relative_to(package): text for path, text in files.items()},
          target / package)  # fmt: skip
    # With metadata of its own: `create_all` of other tests makes the types of all.
    with mock.patch.object(SQLModel, "metadata", MetaData()):
        for path in (target / package).glob("*.py"):
            importlib.import_module(f"{package}.{path.stem}")
    configure_mappers()
    return Case(importlib.import_module(package), plan, url)


@pytest.mark.parametrize("name", [path.stem for path in CASES])
def test_it_imports_and_says_its_json_schema(
    cases: Callable[..., Case], name: str
) -> None:
    case = cases(name, *(["several_too"] if name == "several" else []))
    module = importlib.import_module(f"{case.models.__name__}.models")
    own = [value for value in vars(module).values() if _is_of(value, module)]
    assert own
    for model in own:
        mode = "serialization" if model.__name__.endswith("Public") else "validation"
        text = json.dumps(model.model_json_schema(mode=mode))
        assert len(text) < 20_000, model


def _is_of(value: Any, module: ModuleType) -> bool:
    return isinstance(value, type) and value.__module__ == module.__name__


def test_rules_that_call_methods_decide(cases: Callable[..., Case]) -> None:
    case = cases("nulls_in_rules")
    good: dict[str, Any] = {
        "a": dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        "b": dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
        "s": "abc ",
        "t": "ab",
        "d": dt.date(2024, 5, 5),
        "y": 2024,
    }
    broken = [{"b": good["a"]}, {"t": "x"}, {"s": "ab "}, {"y": 2023}]
    for change in [{}, *broken]:
        row = {**good, **change}
        assert case.there("spans", row) is (change == {})
        assert case.here("SpanCreate", row) is (change == {}), change


ARRAYS: dict[str, list[Any]] = {
    "uuids": [[], [UUID(int=1)]],
    "dates": [[dt.date(2024, 1, 1)]],
    "booleans": [[True, False]],
    "blobs": [[b"\x00"]],
    "intervals": [[dt.timedelta(1)]],
    "addresses": [
        [ipaddress.ip_address("::1")],
        [ipaddress.ip_interface("10.1.1.1/8")],
    ],
    "shorts": [["abc"], ["abcd"], ["", "abcd"]],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_any_type(cases: Callable[..., Case], name: str) -> None:
    case = cases("arrays")
    for value in ARRAYS[name]:
        row = {name: value}
        assert case.here("ListCreate", row) is case.there("lists", row), value
    made = case.models.ListCreate.model_validate({"id": 1, name: ARRAYS[name][0]})
    with case.session() as session:
        row = made.to_row()
        session.add(row)
        session.flush()
        session.expire(row)
        assert getattr(row, name) == ARRAYS[name][0]


def test_an_output_shows_whatever_an_array_holds(cases: Callable[..., Case]) -> None:
    case = cases("arrays")
    with case.session() as session:
        session.connection().exec_driver_sql(
            "insert into arrays.lists (id, dates, integers, shorts)"
            " values (1, '{2024-01-01,null}', '{{1,2},{3,null}}', '{a,null}')"
        )
        shown = case.models.ListPublic.model_validate(
            session.exec(select(case.models.List)).one()
        )
    assert shown.dates == [dt.date(2024, 1, 1), None]
    assert shown.integers == [[1, 2], [3, None]]
    assert shown.shorts == ["a", None]
    shown.model_dump_json()


@pytest.mark.parametrize("email", ["a@b", "@b", "ab", "@", "a@"])
def test_position_looks_for_the_first_in_the_second(
    cases: Callable[..., Case], email: str
) -> None:
    case, row = cases("positions"), {"email": email}
    assert case.here("PersonCreate", row) is case.there("people", row)


def test_a_unique_column_tells_rows_apart(cases: Callable[..., Case]) -> None:
    case = cases("keyless")
    models = case.models
    assert [table.name for table in case.plan.tables] == ["pairs", "sources", "targets"]
    with case.session() as session:
        target = models.Target(id=7, name="seven")
        session.add(models.Source(id=1, target=target))
        session.add(models.Pair(a=1, b=2, note="x"))
        session.flush()
        session.expire_all()
        assert session.get(models.Target, 7).sources[0].id == 1
        assert session.get(models.Pair, (1, 2)).note == "x"
        session.get(models.Pair, (1, 2)).note = "y"
        session.flush()
        session.rollback()
    uncarried = importlib.import_module("keyless_models.uncarried").UNCARRIED
    assert "table keyless.loose" in uncarried
    assert "table keyless.sources: constraint sources_partial_id_fkey" in uncarried, (
        uncarried
    )


def test_a_key_of_two_sequences(cases: Callable[..., Case]) -> None:
    case = cases("two_serials")
    with case.session() as session:
        rows = [case.models.Cell(note="x"), case.models.Cell(note="y")]
        for row in rows:
            session.add(row)
            session.flush()
        assert rows[1].a > rows[0].a and rows[1].b > rows[0].b


def test_one_of_many_columns(cases: Callable[..., Case]) -> None:
    case = cases("counted")
    schema = case.models.ChoiceCreate.model_json_schema()
    judge = Draft202012Validator(schema)
    assert len(json.dumps(schema)) < 10_000
    for given in ({}, {"c3": 1}, {"c3": 1, "c16": 2}, {"c3": 1, "c4": None}):
        there = case.there("choices", given)
        assert case.here("ChoiceCreate", given) is there, given
        assert judge.is_valid({"id": 1, **given}) is there, given
    judge = Draft202012Validator(case.models.FewCreate.model_json_schema())
    for given in ({}, {"a": 1}, {"a": 1, "b": 2}, {"c": 1}, {"b": 1}):
        there = case.there("few", given)
        assert case.here("FewCreate", given) is there, given
        assert judge.is_valid({"id": 1, **given}) is there, given


def test_names_that_classes_keep_are_given_way_to(cases: Callable[..., Case]) -> None:
    case = cases("names_of_types")
    models = case.models
    keys = {a.columns[0].name: a.key for a in inspect(models.User).column_attrs}
    assert (keys["register"], keys["mro"]) == ("register_", "mro_")
    given = {"id": 1, "register": "r", "mro": "m", "create": "abc", "public": "abcd"}
    with case.session() as session:
        row = models.UserCreate.model_validate(given).to_row()
        session.add(row)
        session.flush()
        shown = models.UserPublic.model_validate(row).model_dump(by_alias=True)
        assert {**shown, **given} == shown
        functions = importlib.import_module("names_of_types_models.functions")
        assert functions.list_(session, 3) == functions.cast_(session, 3) == 3
        assert functions.words(session) == ["a", "b"]
    assert not case.here("UserCreate", {"create": "abcd"})


def test_calls_in_rare_forms(cases: Callable[..., Case]) -> None:
    case = cases("odd_calls")
    functions = importlib.import_module("odd_calls_models.functions")
    with case.session() as session:
        assert functions.f(session, 1) == 1
        assert functions.f(session, 1, [1, 1]) == 3
    (table,) = case.plan.tables
    assert [line.partition(":")[0] for line in case.plan.unsaid(table, "Create")] == [
        "code_is_left",
        "code_is_letters",
    ]


def test_a_part_that_nobody_foresaw_is_named_and_left_out(
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tools.codegen import limits

    def fails(*_: object) -> None:
        raise KeyError("a tree of tomorrow")

    monkeypatch.setattr(limits, "is_not_false", fails)
    script = (
        "create schema odd; create table odd.t (id int primary key,"
        " a int constraint a_is_odd check (a % 2 = 1), b int check (b > 0))"
    )
    with database_of(cluster, "codegen_odd", script) as url:
        plan, _ = build.models(url, build.Source(("odd",), None))
    assert list(plan.unsaid(plan.tables[0], "Create")) == [
        "a_is_odd: a % 2 = 1 (not understood)"
    ]
    assert "odd.t: a_is_odd (a)" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["a", "abcde", "abcdef", None])
def test_an_own_function_is_not_the_server_s(
    cases: Callable[..., Case], word: str | None
) -> None:
    case, row = cases("own_functions"), {"a": word}
    assert case.there("words", row) is (word != "abcdef")
    assert case.here("WordCreate", row), "the database alone says it"
    assert "own_functions.length" in case.models.WordCreate.__doc__


def test_overloads_say_their_arguments(cases: Callable[..., Case]) -> None:
    case = cases("own_functions")
    functions = importlib.import_module("own_functions_models.functions")
    with case.session() as session:
        assert functions.twice_integer(session, 4) == 8
        assert functions.twice_text(session, "ab") == "abab"
    assert not hasattr(functions, "twice"), "which overload would that be?"


THINGS: dict[str, list[Any]] = {
    "both_sets": ["x", "y", "z", None],
    "far": [0, -1, 2**31 - 1, -(2**31), None],
    "small": [0, 181, 182, -182, None],
    "size": [4, 5, -5, -(2**31), 2**31 - 1],
    "turned": [3, -3, -(2**31), 0],
    "real_free": [1e38, 3.5e38, 1e39, -1e39, 1e-50, 0.1],
    "real_most": [0.1, 0.09999999, 0.0999999940395, 0.099999997764825, 0.11, -3.0],
    "real_least": [0.1, 0.10000000149011612, 0.09999999, 0.2, 0.099999997764825],
    "real_same": [0.1, 0.10000000149011612, 0.2],
    "real_kept": [0.1, 0.2],
    "short": ["abc", "abcd", "abc  ", "ab    ", "abd", "abd ", "   ", "    x", ""],
    "optional": [None, "abcde", "abcdef"],
    "mood": ["sad", "ok", "happy", None],
    "moody": ["sad", "ok", "happy", None],
}


@pytest.mark.parametrize("name", THINGS)
def test_the_model_and_the_database_judge_alike(
    cases: Callable[..., Case], name: str
) -> None:
    case = cases("verdicts")
    for value in THINGS[name]:
        row = {name: value}
        assert case.here("ThingCreate", row) is case.there("things", row), value


def test_days_beyond_python_s_calendar_are_counted(cases: Callable[..., Case]) -> None:
    case = cases("verdicts")
    days = [dt.date.min, dt.date(2024, 1, 1), dt.date(2024, 12, 31), dt.date.max]
    for begins in days:
        for ends in days:
            row = {"begins": begins, "ends": ends}
            assert case.here("ThingCreate", row) is case.there("things", row), row


def test_bounds_of_optional_values_are_said_to_others(
    cases: Callable[..., Case],
) -> None:
    """As a limit of the field, which JSON Schema has."""
    case = cases("verdicts")
    schema = case.models.ThingCreate.model_json_schema()["properties"]
    assert schema["optional"]["anyOf"][0]["maxLength"] == 5
    assert schema["real_free"]["anyOf"][0]["exclusiveMaximum"] < 3.5e38
    assert list(case.plan.unsaid(case.plan.tables[0], "Create")) == []


def test_types_of_extensions_have_types(cases: Callable[..., Case]) -> None:
    case = cases("extensions")
    given = {
        "email": "A@b",
        "address": "10.1.1.1/8",
        "network": "10.0.0.0/8",
        "attributes": {"a": "1", "b": None},
        "path": "a.b",
    }
    with case.session() as session:
        made = case.models.HostCreate.model_validate({"id": 1, **given})
        session.add(made.to_row())
        session.flush()
        session.expire_all()
        row = session.exec(
            select(case.models.Host).where(case.models.Host.email == "A@b")
        ).one()
        assert row.attributes == given["attributes"]
        assert row.address == ipaddress.ip_interface("10.1.1.1/8")
        assert row.network == ipaddress.ip_network("10.0.0.0/8")
        shown = case.models.HostPublic.model_validate(row)
        assert json.loads(shown.model_dump_json()) == {"id": 1, **given}
        functions = importlib.import_module("extensions_models.functions")
        assert functions.address_of(session, "::1") == ipaddress.ip_address("::1")
    annotations = case.models.Host.__annotations__
    assert not [name for name, type_ in annotations.items() if type_ is Any]
    assert not case.here("HostCreate", {**given, "address": "nowhere"})


def test_a_column_of_a_domain_is_compared_in_silence(
    cases: Callable[..., Case],
) -> None:
    case = cases("domains")
    person = case.models.Person
    with warnings.catch_warnings(), case.session() as session:
        warnings.simplefilter("error")
        session.add(person(id=1, email="a@b", amount=1))
        session.flush()
        found = session.exec(
            select(person).where(person.email == "a@b", person.amount + 1 > 1)
        )
        assert found.one().id == 1
        assert session.exec(select(person).where(person.email.like("a%"))).one()


def test_several_schemas_in_one_package(cases: Callable[..., Case]) -> None:
    case = cases("several", "several_too")
    models = case.models
    with case.session() as session:
        owner = models.Owner(id=1, name="Ann")
        session.add(
            models.SeveralTooOwner(
                id=2, owner=owner, state=models.SeveralTooOwnerState.ON
            )
        )
        session.flush()
        session.expire_all()
        functions = importlib.import_module("several_models.functions")
        assert functions.newest(session) == (2, 1, "on")
        assert session.get(models.SeveralTooOwner, 2).owner.name == "Ann"
        fingerprint = importlib.import_module("several_models.fingerprint")
        assert fingerprint.differences(session.connection()) == []
    names = set(fingerprint.EXPECTED)
    assert {"owners.id: type", "several_too.owners.id: type"} <= names


def test_references_in_a_ladder_take_no_time(cases: Callable[..., Case]) -> None:
    """They took 113 s: 3²³ ways lead from the last table to the first."""
    case = cases("ladder")
    assert len(case.plan.tables) == 26
    assert diagram.svg(case.plan.facts).count('class="line"') == 3 * 26 - 6


def test_a_role_s_own_privileges_choose_the_functions(cluster: Cluster) -> None:
    script = """
        create role codegen_reader;
        create schema roles;
        create table roles.t (id int primary key);
        grant usage on schema roles to codegen_reader;
        grant select on roles.t to codegen_reader;
        create function roles.mine() returns int language sql return 1;
        create function roles.other() returns int language sql return 2;
        revoke execute on all functions in schema roles from public;
        grant execute on function roles.mine to codegen_reader;
    """
    with database_of(cluster, "codegen_roles", script) as url:
        try:
            _, files = build.models(url, build.Source(("roles",), "codegen_reader", ()))
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("drop owned by codegen_reader")
                connection.execute("drop role codegen_reader")
    (code,) = (text for path, text in files.items() if path.name == "functions.py")
    assert "def mine(" in code and "def other(" not in code


def test_type_checkers_find_nothing(cases: Callable[..., Case]) -> None:
    """In the packages whose functions return what has no type of its own."""
    case = cases("extensions")
    directory = Path(str(case.models.__file__)).parent
    (directory.parent / "pyrightconfig.json").write_text(
        json.dumps({"typeCheckingMode": "strict", "include": [directory.name]})
    )
    commands = [["pyright", "--pythonpath", sys.executable]]
    if EVERYTHING:
        commands.append(["mypy", "--strict", "--no-incremental", "-p", directory.name])
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=directory.parent,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
