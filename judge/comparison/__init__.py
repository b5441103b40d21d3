"""`judge compare`: from verdicts to win rates, their tables and files."""
