"""Results of a run for other programs: tables, LaTeX, preference pairs."""
