"""Campaigns in other tools: blinded tasks out, answers in. The key file stays here."""
