"""Checkers: pure functions of evidence that return findings."""
