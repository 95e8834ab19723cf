"""`python -m tests.python.campaigns.python_mutants`: see `campaign`."""

from tests.python.campaigns.python_mutants.campaign import main
from tools.console import run

run(main)
