"""Continuous preferences and grades that other tools made: one module for each kind of file."""
