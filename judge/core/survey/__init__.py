"""Ground truth of subgroups, and answers to structured questions."""
