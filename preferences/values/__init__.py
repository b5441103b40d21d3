"""Ground truth: strata, modal answers, description, split, export."""
