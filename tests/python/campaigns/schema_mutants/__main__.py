"""`python -m tests.python.campaigns.schema_mutants`: see `campaign`."""

from tests.python.campaigns.schema_mutants.campaign import main
from tools.console import run

run(main)
