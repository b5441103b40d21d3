"""Calls of a run as files: what is missing goes out, results come in."""
