"""Annotators' labels: pseudonyms, validation, progress, agreement, files."""
