"""`judge plan`: comparisons and human labels needed for a given precision."""
