"""Intervals and multiple testing: cluster bootstrap, CR2 t interval, confidence sequence."""
