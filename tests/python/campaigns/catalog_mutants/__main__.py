"""`python -m tests.python.campaigns.catalog_mutants`: see `campaign`."""

from tests.python.campaigns.catalog_mutants.campaign import main
from tools.console import run

run(main)
