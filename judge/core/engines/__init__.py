"""Calls that another program makes: an engine is given lines with calls, and gives back lines with their results."""
