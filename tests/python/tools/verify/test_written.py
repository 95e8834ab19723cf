"""What sql/ says about columns is read as PostgreSQL would."""

from __future__ import annotations

from pathlib import Path

from tools.verify import written
from tools.verify.written import Grant


def test_privileges_and_nulls(tmp_path: Path) -> None:
    file = tmp_path / "app" / "tables" / "things.sql"
    file.parent.mkdir(parents=True)
    file.write_text(
        "create table app.things (id uuid, part int primary key, a text not null,"
        " b text, primary key (id));"
        "grant select, insert (id, b) on app.things to todo_user, public;"
        "revoke all on app.things from todo_auth;"
        "grant execute on function app.f() to todo_user;"
    )
    assert written.nullable(tmp_path) == [("app.things", "b")]
    assert written.grants(tmp_path) == [
        Grant(role, "app.things", column, privilege)
        for role in ("public", "todo_user")
        for column, privilege in (
            ("", "select"),
            ("b", "insert"),
            ("id", "insert"),
        )
    ]
