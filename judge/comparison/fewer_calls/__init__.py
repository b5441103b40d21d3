"""Designs that take fewer calls for the same interval: one order where two add little."""
