"""Connections, pools and what a transaction begins with: psycopg and SQLAlchemy."""
