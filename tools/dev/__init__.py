"""The developer's chores: install, lock, check, the site, the tour."""
