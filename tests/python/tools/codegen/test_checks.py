"""How much of the CHECKs is said in Python, and exactly what is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.python.tools.codegen.conftest import TOY, database_of
from tests.python.tools.codegen.test_corpus import CORPUS
from tools import project
from tools.codegen import build
from tools.codegen.plan import Plan
from tools.postgres.server import Cluster

SHARE = 0.9  # may only rise


def planned(url: str, schema: str, role: str | None) -> Plan:
    with build.connect(url) as connection:
        behind = project.BEHIND if schema in project.SCHEMAS else None
        source = build.Source((schema,), role, behind=behind)
        return build.planned(connection, source)


def parts(plan: Plan) -> int:
    return sum(plan.limits[table.name].parts for table in plan.tables)


def unsaid(plan: Plan) -> Iterator[str]:
    for table in plan.tables:
        for part in plan.limits[table.name].unsaid:
            yield f"{table.name}: {part.sql}"


def test_of_the_own_schema_the_database_alone_says_this(shared_database: str) -> None:
    """The list may only become shorter."""
    plan = planned(shared_database, "app", "todo_user")
    alone = sorted(unsaid(plan))
    assert alone == [
        "tasks: app.is_time_zone(due_tz)",
        "users: app.is_time_zone(time_zone)",
    ]
    assert 1 - len(alone) / parts(plan) >= SHARE


@pytest.fixture(scope="module")
def corpus(cluster: Cluster) -> list[Plan]:
    plans = []
    for path in [*CORPUS, TOY]:
        script = path.read_text("utf-8")
        with database_of(cluster, f"checks_{path.stem}", script) as url:
            plans.append(planned(url, path.stem if path == TOY else "app", None))
    return plans


def test_of_the_corpus_the_database_alone_says_this(corpus: list[Plan]) -> None:
    """The list may only become shorter."""
    alone = sorted(line for plan in corpus for line in unsaid(plan))
    share = 1 - len(alone) / sum(parts(plan) for plan in corpus)
    print(f"{share:.1%} of the corpus's conjuncts are said in Python")
    assert alone == [
        "passports: number ~ '^[A-Z]{2}\\d+$'",
        "people: NOT isempty(span)",
        "people: ROW(minimum, maximum) IS NOT NULL OR TRUE",
        "people: app.is_fine(own)",
        "people: array_position(no_nulls, CAST(NULL AS text)) IS NULL",
        "people: family(address) = 4",
        "people: lower_case = lower(lower_case)",
        "people: postcode ~ '^[0-9]{5}$'",
        "people: rounded = round(rounded, 2)",
        "people: upper_case = upper(upper_case)",
    ]
    assert share >= SHARE


def test_what_the_database_makes_is_asked_of_what_it_is_made_from(
    cluster: Cluster,
) -> None:
    """An input has the columns below a generated one, and never that one itself."""
    script = """
        create schema app;
        create function app.fold(text) returns text
        language sql immutable return lower($1);
        create table app.lines (
            id integer primary key,
            price integer not null,
            quantity integer not null,
            name text not null,
            total integer generated always as (price * quantity) stored,
            key text generated always as (app.fold(name)) stored,
            short varchar(3) generated always as (name) stored,
            constraint total_is_small check (total < 1000),
            constraint key_is_not_blank check (key <> ''),
            constraint short_is_known check (short <> 'abc')
        )
    """
    with database_of(cluster, "checks_made", script) as url:
        plan = planned(url, "app", None)
    (table,) = plan.tables
    limits = plan.limits["lines"]
    assert [(r.constraint, r.columns) for r in limits.rules] == [
        ("total_is_small", ("price", "quantity"))
    ]
    assert [(part.constraint, part.columns) for part in limits.unsaid] == [
        ("key_is_not_blank", ("name",)),
        ("short_is_known", ("name",)),
    ]
    assert list(plan.unsaid(table, "Create")) == [
        "key_is_not_blank: app.fold(name) <> '' (function app.fold)",
        "short_is_known: CAST(name AS text) <> 'abc'"
        " (a value of a length or precision is made)",
    ]
