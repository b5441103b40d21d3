"""`judge agreement`: inter-annotator agreement, and the judge's agreement with annotators."""
