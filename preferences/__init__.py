"""From survey microdata to the ground-truth values of subgroups, and the scoring of structured answers against it."""
