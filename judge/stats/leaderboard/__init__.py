"""Strengths and ranks of several contestants, and each against the others."""
