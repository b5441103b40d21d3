"""Plan a campaign: sample, blinded tasks, campaign file and key file."""
