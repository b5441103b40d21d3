"""The terminal: console, tables, progress."""
