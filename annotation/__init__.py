"""People judge the same pairs as the judge, blind, in Label Studio. Not built yet."""
