"""Structured answers: modal answers, scores, distances of distributions."""
