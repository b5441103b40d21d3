"""Structured answers: modal answers, scores, distances between distributions."""
