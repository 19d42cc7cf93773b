"""Captures: bytes to columns, columns to connections; the book's notation, both ways."""
