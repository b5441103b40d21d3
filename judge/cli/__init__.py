"""The command line: one thin file per command. Parse, call, print, exit code.

The files of commands do without `from __future__ import annotations`: typer would evaluate each annotation twice, which
takes a third of the time of `judge --help`.
"""
