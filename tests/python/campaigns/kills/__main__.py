"""`python -m tests.python.campaigns.kills`: see `campaign`."""

from tests.python.campaigns.kills.campaign import main
from tools.console import run

run(main)
