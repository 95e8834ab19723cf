"""What developers and operators run: one command per module, `python -m tools.X`."""
