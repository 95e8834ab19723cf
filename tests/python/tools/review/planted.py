"""A change of the product's schema with three dangers in it, and its review."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.python.tools.migrate.folder import Folder
from tools.postgres.binaries import find_bin, read_version
from tools.project import MIGRATIONS
from tools.review.changes import find
from tools.review.collect import Plan, Review, collect
from tools.review.findings import Finding

PLANTED = """\
set local role todo_owner;

-- A rewrite.
alter table app_data.tasks add column mark uuid default gen_random_uuid();

-- A foreign key without an index.
alter table app_data.tags add column owner_id uuid;
alter table app_data.tags add constraint tags_owner_id_fkey
foreign key (owner_id) references app_data.users (id) on delete set null not valid;

-- A policy that goes.
drop policy task_tags_select_user on app_data.task_tags;

grant select (owner_id) on app_data.tags to todo_user;
reset role;
"""
BACK = """\
set local role todo_owner;
alter table app_data.tags drop column owner_id;
create policy task_tags_select_user on app_data.task_tags
for select to todo_user
using (
    (select app.current_space_mask())[space_number] is not null
    and user_id = app.current_user_id()
    and user_id = (select app.current_user_id())
);
alter table app_data.tasks drop column mark;
reset role;
"""
HEADER = "-- waive: create-index: <b>small</b> tables\n"


@dataclass(frozen=True)
class Reviewed:
    """A review of the product's migrations and one that is planted behind them."""

    review: Review
    id: str
    lines: dict[str, int]

    def one(self, key: str) -> Finding:
        """Give the only open finding of *key*."""
        (found,) = [f for f in self.review.judged.open if f.key == key]
        return found


def plant(top: Path) -> Reviewed:
    """Put the change behind the product's migrations, below *top*, and review it."""
    before = top / "before"
    before.mkdir()
    shutil.copytree(MIGRATIONS, top / "migrations")
    folder = Folder(top / "migrations")
    id = f"{len(folder.files()) + 1:04}_change_tasks"
    folder.add(id, PLANTED, BACK, header=HEADER)
    text = (folder.path / f"{id}.sql").read_text()
    lines = {line: number for number, line in enumerate(text.splitlines(), 1)}
    bin_dir = find_bin()
    plan = Plan(600, bin_dir, (read_version(bin_dir)[0],), models=False)
    return Reviewed(collect(find(folder.path, before), plan), id, lines)
