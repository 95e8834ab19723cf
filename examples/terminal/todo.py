"""A todo list in a terminal, for as many people as like: `todo.py --help`.

Written from docs/runtime.md and docs/models.md alone. Who is logged in is kept as a
refresh token, which is exchanged at each start.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from getpass import getpass
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy.orm import joinedload
from sqlmodel import select

from todo_db import Database, TodoError, UserSession, accounts
from todo_db.paging import Listing
from todo_models import RuleError, Task, TaskCreate, TaskStatus, TaskUpdate, functions

KEPT = Path(os.environ.get("TODO_LOGIN_FILE", "~/.todo-login")).expanduser()
PAGE = 20


def sign_up(db: Database, given: argparse.Namespace) -> None:
    """Make an account; the link that a mail would carry is used at once."""
    password = getpass()
    token = db.auth(accounts.sign_up(email=given.email, password=password))
    db.auth(accounts.verify_email(token, password=password))
    print("if the address was free, log in now")


def log_in(db: Database, given: argparse.Namespace) -> None:
    """Keep who it is."""
    login = db.auth(accounts.log_in(email=given.email, password=getpass()))
    if login is None:
        raise SystemExit("address and password do not fit")
    keep(login.refresh_token)


def keep(token: str) -> None:
    """Write the refresh token where nobody else reads it."""
    KEPT.touch(mode=0o600)
    KEPT.write_text(token)


def me(db: Database) -> UUID:
    """Tell who is logged in, for one more time."""
    login = db.auth(accounts.refresh(KEPT.read_text())) if KEPT.exists() else None
    if login is None:
        raise SystemExit("log in first")
    keep(login.refresh_token)
    return login.user_id


def add(session: UserSession, given: argparse.Namespace) -> None:
    """Put a task into the inbox, whose id is the person's."""
    body = TaskCreate(project_id=session.user_id, title=given.title, due_date=given.due)
    session.add(body.to_row(user_id=session.user_id))


def show(session: UserSession, given: argparse.Namespace) -> None:
    """List what is open, or what somebody looks for."""
    wanted = select(Task).options(joinedload(Task.tags))
    wanted = wanted.where(Task.completed == given.done)
    listing, cursor = Listing(wanted, Task.position, Task.id), None
    while True:
        page = listing.fetch(session, size=PAGE, after=cursor)
        for task in page.items:
            tags = " ".join(f"#{tag.name}" for tag in task.tags)
            due = f"  due {task.due_date}" if task.due_date else ""
            print(f"{task.id}  {task.title}{due}  {tags}".rstrip())
        if not (cursor := page.next):
            return


def change(session: UserSession, given: argparse.Namespace) -> None:
    """Change what is said of a task, and nothing else."""
    said = {"title": given.title, "due_date": given.due, "priority": given.priority}
    patch = {name: value for name, value in said.items() if value is not None}
    TaskUpdate.model_validate(patch).apply(found(session, given.task))


def done(session: UserSession, given: argparse.Namespace) -> None:
    """Finish a task."""
    found(session, given.task).status = TaskStatus.DONE


def delete(session: UserSession, given: argparse.Namespace) -> None:
    """Put a task in the trash, with its subtasks."""
    print(functions.delete_task(session, given.task), "in the trash")


def restore(session: UserSession, given: argparse.Namespace) -> None:
    """Take it back, with what went with it."""
    print(functions.restore_task(session, given.task), "restored")


def found(session: UserSession, task: UUID) -> Task:
    """Fetch a task of one's own."""
    row = session.exec(select(Task).where(Task.id == task)).first()
    if row is None:
        raise SystemExit("there is no such task")
    return row


def main(words: list[str]) -> None:
    """Do what *words* say."""
    parser = argparse.ArgumentParser(description="a todo list")
    commands = parser.add_subparsers(required=True)

    def command(act: Callable[..., None], *names: str) -> argparse.ArgumentParser:
        made = commands.add_parser(act.__name__.replace("_", "-"), help=act.__doc__)
        made.set_defaults(act=act)
        for name in names:
            made.add_argument(name, type=UUID if name == "task" else str)
        return made

    command(sign_up, "email")
    command(log_in, "email")
    command(add, "title").add_argument("--due", type=date.fromisoformat)
    command(show).add_argument("--done", action="store_true")
    changing = command(change, "task")
    changing.add_argument("--title")
    changing.add_argument("--due", type=date.fromisoformat)
    changing.add_argument("--priority", type=int)
    command(done, "task")
    command(delete, "task")
    command(restore, "task")
    given = parser.parse_args(words)
    with closing(Database.from_env()) as db:
        if given.act in (sign_up, log_in):
            given.act(db, given)
            return
        wish = None if given.act is show else uuid4()
        db.run(me(db), lambda session: given.act(session, given), command_id=wish)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (TodoError, RuleError, ValidationError) as error:
        raise SystemExit(str(error)) from None
