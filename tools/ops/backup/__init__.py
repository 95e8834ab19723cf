"""Backup, restore and the drill that proves them, by pgBackRest and pg_dump.

    python -m tools.ops.backup take | check | mark | restore | dump | drill

pgBackRest reads the server's files, so these run on the server's own machine, as root
or as the account of the data directory. Everything they need and leave behind is in one
directory, the *home*: `pgbackrest.conf` (mode 600, it holds the passphrase), the
repository, and `state/`, where monitoring reads when what was last done.
"""
