"""Do what the pages say, as somebody who has only just cloned the repository.

    python -m tests.python.campaigns.newcomer [--keep] [PART …]

A scratch checkout, a bare environment, an ordinary user (for root: whoever runs the
servers), packages installed anew. Each part is a page; its commands are those that
stand there, in their order. What a command has to print, or why it is left out, is in
`PROMISED` and `LEFT_OUT`; a command in neither fails `test_newcomer.py`. Exit status:
0 all was as promised; 1 not, and the last lines say what.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.python.campaigns.newcomer import pages
from tests.python.campaigns.newcomer.checkout import Checkout
from tools.console import Failure, say
from tools.postgres.os_user import server_account

PROMISED: Final = {
    "make migrate": r"1 migration applied|already applied|nothing to (do|apply)",
    "make tour": r"Everything was as promised\.",
    ".venv/bin/yoyo list": r"A\s+0001_baseline",
    ".venv/bin/yoyo apply -b": "",
    ".venv/bin/yoyo rollback -b": "",
    "make squash": r"0001_baseline",
    "make codegen": r"files in .*generated",
    "make check": r"passed, 0 failed",
    "make migrate credentials": r"wrote \.env|nothing to do",
    "make rotate": r"signing key 2",
    "make credentials retire=1": r"key 1",
    "make rotate what=password": r"password",
    "make credentials restore=password": "nothing to do",
    '.venv/bin/python -m tools.credentials.jwt_login graphql --note "PostGraphile;'
    ' verifies each JWT"': "are believed",
    '.venv/bin/python -m tools.credentials.jwt_login rest --note "PostgREST, decided by'
    ' …"': "are believed",
    "make test-pgtap engine=none": r"\d+ passed|Result: PASS|ok",
    "make test-pgtap t=tests/pgtap/app_data/access": r"\d+ passed|Result: PASS|ok",
    "set -a; . ./.env; set +a": "",
    ".venv/bin/python examples/terminal/todo.py --help": "a todo list",
}
LEFT_OUT: Final = {
    "make test": "it is the gate itself",
    "make test-pgtap": "an engine is the machine's affair: tests/python/tools/ops",
    "make test-pgtap engine=require": "the same",
    **dict.fromkeys(
        (
            "make backup",
            "make backup-check",
            "make restore-point name=before_0042",
            "make restore TO=before_0042",
            "make restore TO='2026-03-29 14:05:00+02:00' replace=1",
            "make drill",
            "make drills",
            "make dump",
            "make inspect",
            "make inspect all=1",
            "make inspect c='blocking locks'",
            "make inspect html=build/inspect.html",
            "make inspect json=1",
            "make monitor-login",
            "make exporter",
        ),
        "tests/python/tools/ops does it on servers of its own",
    ),
    "make psql": "a terminal is asked for the password",
    ".venv/bin/python examples/terminal/todo.py sign-up ada@example.org": "the same:"
    " test_terminal.py uses it",
    "set -a; . ./.env; API_SECRET=$(openssl rand -hex 32); set +a": "with the server",
    ".venv/bin/uvicorn --app-dir examples/fastapi main:app": "with the server",
    "cd examples/postgraphile && npm ci": "test_other_clients.py installs and runs it",
    "API_DATABASE_URL=postgresql://graphql:…@localhost/todo API_SECRET=… node"
    " server.cjs": "the same",
}
_SERVER: Final = """
set -a; . ./.env; API_SECRET=$(openssl rand -hex 32); set +a
exec .venv/bin/uvicorn --port 0 --app-dir examples/fastapi main:app
"""


def main(argv: Sequence[str]) -> int:
    """Play all parts, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.python.campaigns.newcomer")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART")
    parser.add_argument("--keep", action="store_true", help="leave the checkout")
    chosen = parser.parse_args(argv)
    place = Path(tempfile.mkdtemp(prefix="newcomer-", dir="/var/tmp"))
    place.chmod(0o755)
    checkout = Checkout(place / "todo-db", server_account(), bare=True)
    pages.root = checkout.root  # edits meanwhile are not for the newcomer
    say(f"a checkout in {checkout.root}")
    try:
        for name in chosen.parts or PARTS:
            begun = time.monotonic()
            PARTS[name](checkout)
            say(f"ok  {name}  {time.monotonic() - begun:.0f} s")
    except AssertionError as error:
        raise Failure(
            f"not as promised: {error}", next="mend the page, or it"
        ) from None
    finally:
        with suppress(AssertionError):
            checkout.run("make", "clean")
        if not chosen.keep:
            shutil.rmtree(place)
    say("all was as promised")
    return 0


def follow(checkout: Checkout, page: str) -> None:
    """Run the commands of *page*, and look for what each promises."""
    for command in pages.commands(page):
        if command in LEFT_OUT:
            continue
        said = checkout.run("sh", "-c", command)
        look(PROMISED[command], said, command)


def look(promise: str, said: str, command: str) -> None:
    """See that *said* is what *command* promises."""
    if not re.search(promise, said):
        raise AssertionError(f"{command}: no {promise!r} in\n{said[-2000:]}")


def _readme(checkout: Checkout) -> None:
    said = checkout.run("make", "migrate")
    for promise in (r"\b20 packages", "1 migration applied", "next: make codegen"):
        look(promise, said, "make migrate")
    listed = checkout.run("make")
    for target in pages.targets("README.md") | pages.targets("CONTRIBUTING.md"):
        look(rf"make {target} ", listed, "make")
    _tour(checkout)
    _own_program(checkout)
    follow(checkout, "README.md")
    checkout.run("make", "migrate")  # the last one of yoyo's commands took it back


def _tour(checkout: Checkout) -> None:
    (told,) = (text for _, text in pages.blocks("README.md", "") if "Ada signs" in text)
    said = checkout.run("make", "tour")
    for part in told.split("  …\n"):
        if part not in said:
            raise AssertionError(f"make tour: README has\n{part}\nit says\n{said}")


def _own_program(checkout: Checkout) -> None:
    """An app's own environment, its own account, and the program of the page."""
    ((_, program),) = pages.blocks("README.md", "python")
    account = (
        "from todo_db import Database, accounts\n"
        "db = Database.from_env()\n"
        'who = {"email": "ada@example.org", "password": "…"}\n'
        "token = db.auth(accounts.sign_up(**who))\n"
        'assert db.auth(accounts.verify_email(token, password="…"))\n'
    )
    app = "../app/bin/python"
    checkout.run("sh", "-c", "$0 -m venv ../app", "/usr/bin/python3")
    checkout.run(app, "-m", "pip", "install", "--quiet", ".[passwords]")
    for text in (account, program):
        (checkout.root / "program.py").write_text(text)
        checkout.run("sh", "-c", f"set -a; . ./.env; {app} program.py")
    (checkout.root / "program.py").unlink()


def _contributing(checkout: Checkout) -> None:
    checkout.run("make", "squash", "reset")
    for target, promise in (
        ("migrate", "1 migration applied"),
        ("verify", r"5 of 5 proven"),
        ("codegen", "files in"),
        ("check", "passed, 0 failed"),
        ("test-one", r"\d+ passed"),
    ):
        word = "t=tests/python/todo_db/test_trash.py" if target == "test-one" else "-s"
        look(promise, checkout.run("make", target, word), f"make {target}")
    changed = checkout.run("git", "status", "--porcelain")
    if changed:
        raise AssertionError(f"generated/ is not what is committed:\n{changed}")


def _column(checkout: Checkout) -> None:
    checkout.edit("docs/add-a-column.md")
    follow(checkout, "docs/add-a-column.md")


def _table(checkout: Checkout) -> None:
    checkout.edit("docs/add-a-table.md")
    follow(checkout, "docs/add-a-table.md")
    checkout.run("git", "checkout", "--quiet", ".")
    checkout.run("git", "clean", "--quiet", "--force", "sql", "tests", "generated")
    checkout.run("make", "reset", "migrate")


def _security(checkout: Checkout) -> None:
    follow(checkout, "docs/security.md")
    look("no drift", checkout.run("make", "drift"), "make drift")


def _clients(checkout: Checkout) -> None:
    follow(checkout, "docs/other-clients.md")


def _operations(checkout: Checkout) -> None:
    follow(checkout, "docs/ops.md")


def _example(checkout: Checkout) -> None:
    follow(checkout, "examples/README.md")
    process = checkout.start("sh", "-c", _SERVER)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"running on (http://\S+)", line):
                with urllib.request.urlopen(f"{found[1]}/docs") as page:  # noqa: S310
                    look("Swagger|swagger", page.read().decode(), "uvicorn")
                break
        else:
            raise AssertionError("the example did not start")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _guide(checkout: Checkout) -> None:
    """The API's guide, runtime.md and models.md, and the types of all pages."""
    said = checkout.run("make", "test-one", "t=tests/python/todo_db/test_pages.py")
    look(r"\d+ passed", said, "make test-one")
    look("index.html", checkout.run("make", "docs"), "make docs")


PARTS: Final[dict[str, Callable[[Checkout], None]]] = {
    "readme": _readme,
    "contributing": _contributing,
    "column": _column,
    "table": _table,
    "security": _security,
    "clients": _clients,
    "operations": _operations,
    "example": _example,
    "guide": _guide,
}
