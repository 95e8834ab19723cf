"""A change that breaks a rule of sql/lints/ is told so, where it does."""

from __future__ import annotations

import psycopg
import pytest

from tests.python.tools.review.planted import Reviewed
from tools.review import posture
from tools.review.findings import Severity
from tools.review.trace import Trace
from tools.verify.lints import UNREAD, Finding


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("create view app_data.w as select 1 as one", {"view_as_owner"}),
        (
            "alter view app.tasks set (security_invoker = false)",
            {"view_as_owner"},
        ),
        ("alter function app.fold_name(text) leakproof", {"function_leakproof"}),
        ("create table app_data.w (id int)", {"rls_not_forced"}),
        ("create schema w", {"schema_unknown"}),
        ("comment on table app_data.tasks is 'one'", set()),
    ],
)
def test_what_a_statement_breaks(database: str, sql: str, keys: set[str]) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        before = posture.broken(connection)
        connection.execute(sql.encode())
        after = posture.broken(connection)
    found = {one.key for one in posture.findings(before, after, Trace([]))}
    wanted = {f"lint/{key}" for key in keys}
    assert found >= wanted
    assert bool(found) == bool(wanted)


def test_what_was_broken_before_and_what_may_not_be_asked_is_left_out() -> None:
    old = Finding("a", "stop", "app.x", "what", "why", "mend")
    unread = Finding("b", "note", UNREAD, "what", "why", "")
    both = frozenset({old, unread})
    assert list(posture.findings(frozenset({old}), both, Trace([]))) == []


def test_a_broken_rule_is_found_at_its_line(planted: Reviewed) -> None:
    found = planted.one("lint/foreign_key_without_index")
    assert found.severity == Severity.LOOK
    assert "app_data.tags: tags_owner_id_fkey" in found.text
    start = "alter table app_data.tags add constraint"
    (line,) = (n for text, n in planted.lines.items() if text.startswith(start))
    assert found.where.endswith(f"{planted.id}.sql:{line}")
