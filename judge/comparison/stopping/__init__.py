"""Judge in rounds until enough is known: a win rate within a half-width, or its side of .5."""
