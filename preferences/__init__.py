"""From survey microdata to the ground-truth values of subgroups. Not built yet: bring values.jsonl."""
