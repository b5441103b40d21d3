"""Planning a campaign: the sample, the blinded tasks, the key, and where its files lie."""
