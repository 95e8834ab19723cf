"""`python -m tools.verify`: see `claims`."""

from tools.console import run
from tools.verify.claims import main

run(main)
