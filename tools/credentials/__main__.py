"""The command line of credentials: `python -m tools.credentials`, `make credentials`.

    python -m tools.credentials [--env-file FILE]
        [--rotate-password | --restore-password | --rotate-key | --retire-key KEY]

It works on DATABASE_URL, or on the project's private server where that is not set.
Exit status: 0 done, or nothing to do; 1 refused, nothing was changed; 75 somebody else
held a lock for too long, try again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tools import credentials
from tools.console import run, say
from tools.credentials import Wish
from tools.postgres.server import admin_url
from tools.project import ENV_FILE


def main(argv: Sequence[str]) -> int:
    """Set what is missing; or rotate, restore or retire what is named."""
    arguments = _parser().parse_args(argv)
    url = admin_url()
    if arguments.retire_key is not None:
        credentials.retire(url, arguments.retire_key, arguments.env_file)
        say(f"retired signing key {arguments.retire_key}: its tokens are refused now")
        return 0
    wish = Wish(
        rotate_password=arguments.rotate_password,
        restore_password=arguments.restore_password,
        rotate_key=arguments.rotate_key,
    )
    for line in credentials.ensure(url, arguments.env_file, wish) or ["nothing to do"]:
        say(line)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.credentials",
        description="Gives the app its login and its signing key.",
    )
    parser.add_argument("--env-file", type=Path, default=ENV_FILE, metavar="FILE")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--rotate-password",
        action="store_true",
        help="set a new password; who has the old one is locked out",
    )
    which.add_argument(
        "--restore-password",
        action="store_true",
        help="set the file's password again, after somebody changed it",
    )
    which.add_argument(
        "--rotate-key", action="store_true", help="add a key beside those in use"
    )
    which.add_argument(
        "--retire-key", type=int, metavar="KEY", help="stop taking a key's tokens"
    )
    return parser


if __name__ == "__main__":
    run(main)
