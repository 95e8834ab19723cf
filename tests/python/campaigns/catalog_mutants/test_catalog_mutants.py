"""The mutation test of the detector: each change found, and nothing but it named."""

from __future__ import annotations

import psycopg
import pytest

from tests.python.campaigns.catalog_mutants import campaign
from tests.python.campaigns.catalog_mutants.campaign import Mutant, Verdict
from tests.python.tools.catalog.conftest import DATABASE, built
from tools import catalog
from tools.postgres.server import Cluster

__all__ = ["built"]

LEAST = 250


def test_every_mutant_is_found_and_named_exactly(
    built: Cluster,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(built.url(DATABASE), autocommit=True) as connection:
        before = catalog.facts(connection)
        verdicts = list(campaign.judge(connection, campaign.mutants()))
        assert catalog.facts(connection) == before, "every change is taken back"
    with capsys.disabled():
        print(f"\nPostgreSQL {built.version}: {campaign.score(verdicts)}")
    assert [v.mutant.name for v in verdicts if not v.killed] == []
    assert [(v.mutant.name, v.keys) for v in verdicts if not v.exact] == []
    assert len(verdicts) >= LEAST


def test_mutants_have_names_of_their_own_and_say_what_they_show() -> None:
    read = campaign.mutants()
    assert len({mutant.name for mutant in read}) == len(read)
    assert [mutant.name for mutant in read if not mutant.shows] == []


def test_a_mutant_that_shows_something_else_is_not_exact() -> None:
    found = catalog.differences({"table a: owner": "x"}, {"table a: owner": "y"})
    mutant = Mutant("an owner changes", 0, (("table a: owner", 0, 17),), "")
    assert Verdict(mutant, 15, tuple(found)).exact
    assert not Verdict(mutant, 18, tuple(found)).exact
    assert not Verdict(mutant, 15, ()).exact
    assert not Verdict(mutant, 15, ()).killed
