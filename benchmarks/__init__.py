"""Measurements, as ratios in one run against a stated reference."""
