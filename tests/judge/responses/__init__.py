"""Tests of reading the rows of other tools."""
