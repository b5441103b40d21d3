"""Statistics of a finished run: agreement, correction with human labels, subgroups, sample size."""
