"""Responses of any number of models to the questions of a values file, each in the voice of a subgroup."""
