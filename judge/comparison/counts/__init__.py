"""Counts over the responses of a run, each counted once."""
