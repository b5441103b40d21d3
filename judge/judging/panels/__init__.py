"""Several judges of the same comparisons: who they are, their runs within a run, and their verdict together."""
