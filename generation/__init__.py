"""Persona responses from base and fine-tuned models. Not built yet: bring response files (docs/formats.md)."""
