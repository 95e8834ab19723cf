"""PostgreSQL's programs, servers and addresses: the private one, throw-away ones."""
