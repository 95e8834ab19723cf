"""A newcomer's day: the commands of the pages in their order, and what they promise."""
