"""One page for a run, or for several: gathered from the statistics' records, drawn by templates, loading nothing."""
