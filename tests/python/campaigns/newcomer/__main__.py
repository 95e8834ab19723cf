"""`python -m tests.python.campaigns.newcomer`: see `play`."""

from tests.python.campaigns.newcomer.play import main
from tools.console import run

run(main)
