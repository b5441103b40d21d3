"""People judge the same pairs as the judge, blind: sampling, campaigns in Label Studio, and their labels back."""
