"""What the journal of a run that goes on says so far: calls, comparisons, win rates, the leaderboard."""
