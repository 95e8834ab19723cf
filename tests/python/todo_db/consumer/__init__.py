"""A todo application's API, written as a user of the package would write it."""
