"""Annotators' answers: who answered, which answer counts, and how a campaign stands."""
