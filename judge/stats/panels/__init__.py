"""A panel of judges: one score from several, their agreement, and what each of them changes."""
