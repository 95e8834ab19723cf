"""A first day of two people, through todo_db alone: `make tour`.

Everything that is printed was read back from the database. The addresses are new in
each run, so that the tour can be taken again.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, text
from sqlmodel import col, select

from todo_db import Database, SettingsError, TodoError, accounts
from todo_models import Project, Tag, Task, TaskStatus, TaskTag, User
from tools.console import Failure, out, run
from tools.credentials import read_env
from tools.postgres.server import admin_url
from tools.project import ENV_FILE

PASSWORD: Final = "пароль – 合い言葉 🔑"  # noqa: S105 - of people who do not exist


def main(argv: Sequence[str]) -> int:
    """Take the tour.

    Raises:
        Failure: the app's login is not set up, its database cannot be used, or
            something is not as promised.
    """
    db = _open()
    try:
        ada, femi = (
            _begin("Ada", "Europe/Berlin", db),
            _begin("Femi", "Africa/Lagos", db),
        )
        _plan(db, ada)
        _work(db, ada)
        _tidy(db, ada)
        _keep_apart(db, ada, femi)
    finally:
        db.close()
    out.print("\n[green]Everything was as promised.[/green]")
    return 0


def _open() -> Database:
    """Return a database that can be used."""
    try:
        db = Database.from_env(_environment())
    except SettingsError as error:
        raise Failure(str(error), next="correct it, or unset it: make tour") from error
    found = db.ready()
    if not found.ok:
        raise Failure(
            f"the tour cannot begin: {'; '.join(found.reasons)}",
            where=str(db.settings.address),
            next="make migrate, or correct TODO_DATABASE_URL",
        )
    return db


def _environment() -> dict[str, str]:
    """The process's environment over what `make migrate` wrote to .env.

    What that file names is the private server, unless DATABASE_URL says otherwise; as
    for every command it is started where it is not running.
    """
    found = read_env(ENV_FILE) | dict(os.environ)
    if "TODO_DATABASE_URL" in found and "TODO_DATABASE_URL" not in os.environ:
        admin_url()
    if "TODO_DATABASE_URL" not in found:
        raise Failure(
            "TODO_DATABASE_URL is not set, and there is no .env",
            next="make migrate, or with DATABASE_URL set: make credentials",
        )
    return found


def _begin(name: str, zone: str, db: Database) -> UUID:
    """Sign up, verify and log in, as a web application would."""
    _head(f"{name} signs up")
    email = f"{name.lower()}.{secrets.token_hex(4)}@example.org"
    mailed = db.auth(
        accounts.sign_up(
            email=email, password=PASSWORD, first_name=name, time_zone=zone
        )
    )
    _show("log-in before the address is verified", _log_in(db, email, PASSWORD))
    for what, password in (
        ("the link in the mail without the password", "guess"),
        ("with the password it works", PASSWORD),
        ("the same link a second time", PASSWORD),
    ):
        _show(what, db.auth(accounts.verify_email(mailed, password=password)))
    _show("a wrong password", _log_in(db, email, "guess"))
    _show("an address that nobody has", _log_in(db, f"x{email}", "guess"))
    user_id = _log_in(db, email.upper(), PASSWORD)
    if user_id is None:
        raise Failure(f"{name} cannot log in")
    with db.session(user_id) as session:
        user = session.exec(select(User)).one()
        inbox = session.exec(select(Project)).one()
        _show("the right one", f"{user.first_name}, {user.time_zone}, {inbox.name}")
    return user_id


def _log_in(db: Database, email: str, password: str) -> UUID | None:
    login = db.auth(accounts.log_in(email=email, password=password))
    return login.user_id if login else None


def _plan(db: Database, ada: UUID) -> None:
    _head("Ada plans")
    with db.session(ada) as session:
        garden = Project(user_id=ada, id=uuid4(), name="Garten 🌱", colour="#2e7d32")
        tags = [
            Tag(user_id=ada, id=uuid4(), name=n) for n in ("dringend", "مهم", "買い物")
        ]
        session.add_all([garden, *tags])
        session.flush()
        beds = Task(
            user_id=ada, project_id=garden.id, id=uuid4(), title="Hochbeete bauen"
        )
        call = Task(
            user_id=ada,
            project_id=garden.id,
            title="اتصل بالمشتل قبل الظهر ☎️",
            priority=1,
            due_date=date(2026, 3, 29),
            due_time=time(9, 30),
            due_tz="Europe/Berlin",
        )
        session.add_all([beds, call])
        session.flush()
        session.add_all(
            Task(user_id=ada, project_id=garden.id, parent_id=beds.id, title=title)
            for title in ("Lärchenholz, 12 Bretter à 2,40 m", "土を 600 リットル買う")
        )
        session.add_all(
            TaskTag(user_id=ada, task_id=call.id, tag_id=tag.id) for tag in tags[:2]
        )
    with db.session(ada, read_only=True) as session:
        for project in session.exec(select(Project).order_by(col(Project.position))):
            out.print(f"  {project.name}")
            _tree(project.tasks)


def _tree(tasks: list[Task]) -> None:
    for task in sorted(tasks, key=lambda t: t.position):
        if task.parent_id is None:
            out.print(f"    {_line(task)}")
            for below in sorted(task.subtasks, key=lambda t: t.position):
                out.print(f"      {_line(below)}")


def _line(task: Task) -> str:
    due = f"  due {task.due_at:%Y-%m-%d %H:%M} UTC" if task.due_at else ""
    tags = "".join(sorted(f"  #{t.name}" for t in task.tags))
    return f"{'✓' if task.completed else '·'} {task.title}{due}{tags}"


def _work(db: Database, ada: UUID) -> None:
    _head("Ada works")
    with db.session(ada) as session:
        query = select(Task).where(Task.priority == 1, col(Task.completed).is_(False))
        task = session.exec(query).one()
        task.status = TaskStatus.DONE
        session.flush()
        _show("done, and dated by the database", bool(task.completed_at))
    _expect(
        "from done to blocked",
        "InvalidTransition",
        lambda: _change(db, ada, task.id, status=TaskStatus.BLOCKED),
    )
    with db.session(ada) as session:
        inbox = [Task(user_id=ada, project_id=ada, title=f"Idee {i}") for i in range(7)]
        session.add_all(inbox)
    sizes: list[int] = []
    after = ""
    while True:
        with db.session(ada, read_only=True) as session:
            page = session.exec(
                select(Task)
                .where(Task.project_id == ada, col(Task.position) > after)
                .order_by(col(Task.position), col(Task.id))
                .limit(3)
            ).all()
        if not page:
            break
        sizes, after = [*sizes, len(page)], page[-1].position
    _show("seven ideas, in pages of three", " + ".join(map(str, sizes)))


def _change(db: Database, user_id: UUID, task_id: UUID, **values: Any) -> int:
    """Change a task if it is there, and say how many were."""
    with db.session(user_id) as session:
        found = session.exec(select(Task).where(Task.id == task_id)).all()
        for task in found:
            for name, value in values.items():
                setattr(task, name, value)
        return len(found)


def _tidy(db: Database, ada: UUID) -> None:
    _head("Ada tidies up")
    with db.session(ada) as session:
        beds = session.exec(select(Task).where(Task.title == "Hochbeete bauen")).one()
        for verb in ("delete_task", "restore_task", "restore_task"):
            count = session.scalar(select(getattr(func.app, verb)(beds.id)))
            _show(f"{verb}: rows", count)
    _expect("a second tag that reads the same", "Conflict", lambda: _tag(db, ada))


def _tag(db: Database, user_id: UUID) -> None:
    with db.session(user_id) as session:
        session.add(Tag(user_id=user_id, name=" ＤＲＩＮＧＥＮＤ "))


def _keep_apart(db: Database, ada: UUID, femi: UUID) -> None:
    _head("Femi tries")
    with db.session(ada, read_only=True) as session:
        task = session.exec(select(Task).where(Task.priority == 1)).one()
    _require("changing Ada's task: rows", _change(db, femi, task.id, title="x"), 0)
    words = {"ada": ada, "femi": femi, "garden": task.project_id, "nothing": uuid4()}
    for what, (answer, *statements) in ATTACKS.items():
        told: object
        try:
            with db.session(femi) as session:
                for statement in statements:
                    result = session.connection().execute(text(statement), words)
                told = f"{len(result.all())} rows"
        except TodoError as refusal:
            told = type(refusal).__name__
        _require(what, told, answer)


# SQL that an injection would run in Femi's transaction, and what must come of it.
ATTACKS: Final = {
    "Ada's tasks by SQL": ("0 rows", "select 1 from app.tasks where user_id = :ada"),
    "posing as Ada in a setting": (
        "0 rows",
        "select set_config('app.user_id', cast(:ada as text), true)",
        "select 1 from app.tasks where user_id = :ada",
    ),
    "posing as Ada in the token": (
        "0 rows",
        "select set_config('app.token', replace(current_setting('app.token'),"
        " cast(:femi as text), cast(:ada as text)), true)",
        "select 1 from app.tasks where user_id = :ada",
    ),
    "asking for Ada's hash as a log-in would": (
        "IdentityRefused",
        "select set_config('role', 'todo_auth', true)",
        "select app_auth.find_login('ada@example.org')",
    ),
    "the hash of a password": (
        "Forbidden",
        "select password_hash from app_data.users",
    ),
    "the signing key": ("Forbidden", "select * from app_private.signing_keys"),
    "a task in Ada's space": (
        "Forbidden",
        "insert into app.tasks (user_id, project_id, title) values (:ada, :ada, 'x')",
    ),
    "a task in Ada's project": (
        "MissingReference",
        "insert into app.tasks (user_id, project_id, title)"
        " values (:femi, :garden, 'x')",
    ),
    "a task in a project that does not exist": (
        "MissingReference",
        "insert into app.tasks (user_id, project_id, title)"
        " values (:femi, :nothing, 'x')",
    ),
}


def _expect(what: str, error: str, work: Callable[[], object]) -> None:
    """Show that *work* is refused with *error*."""
    try:
        work()
    except TodoError as refusal:
        _require(what, type(refusal).__name__, error)
    else:
        raise Failure(f"{what}: was not refused")


def _require(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Failure(f"{what}: {found}, not {wanted}")
    _show(what, found)


def _head(title: str) -> None:
    out.print(f"\n[bold]{title}[/bold]")


def _show(what: str, answer: object) -> None:
    if answer is None:
        answer = "nobody"
    elif answer is True or isinstance(answer, UUID):
        answer = "yes"
    out.print(f"  {what:<42} {answer}")


if __name__ == "__main__":
    run(main)
