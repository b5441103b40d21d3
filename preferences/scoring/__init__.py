"""`judge values score`: structured answers against ground truth."""
