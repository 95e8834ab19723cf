"""Each rule of sql/lints/ finds nothing on the schema, and its planted fault."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from pglast import parse_sql

from tests.python.databases import copied
from tools.postgres.server import Cluster
from tools.verify import lints
from tools.verify.lints import Lint

RULES = {rule.key: rule for rule in lints.read()}
SCHEMA = [rule for rule in RULES.values() if rule.about == "schema"]


@pytest.fixture(scope="module")
def connection(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    with copied(cluster, template) as url:
        with psycopg.connect(url, autocommit=True) as one:
            yield one


def test_there_are_rules_enough() -> None:
    assert len(RULES) >= 60
    assert {rule.severity for rule in RULES.values()} == set(lints.SEVERITIES)
    assert all(rule.faults for rule in SCHEMA)
    assert all(len(parse_sql(rule.sql)) == 1 for rule in RULES.values())


@pytest.mark.parametrize("rule", SCHEMA, ids=lambda rule: rule.key)
def test_a_rule_finds_its_fault_and_nothing_before(
    connection: psycopg.Connection, rule: Lint
) -> None:
    assert list(lints.find(connection, [rule])) == []
    with connection.transaction(force_rollback=True):
        for fault in rule.faults:
            connection.execute(fault.encode())
        found = list(lints.find(connection, [rule]))
    assert found
    for one in found:
        assert all((one.object, one.what, one.why, one.mend))
        assert "could not be looked at" not in one.what
