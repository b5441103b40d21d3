"""Scoring of structured answers against ground truth: `judge values score` and `compare-to-chance`."""
