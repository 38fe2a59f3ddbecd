"""The store in SQLite: a file for each server."""
