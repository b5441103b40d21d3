"""Providers of models by name, and those that can be used from here."""
