"""A second run within the folder of a run: the calls of another model."""
