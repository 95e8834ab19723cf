"""`python -m tools.postgres`: see `server`."""

from tools.console import run
from tools.postgres.server import main

run(main)
