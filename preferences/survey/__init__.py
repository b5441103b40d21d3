"""Survey files: columns, codes, mapping, question catalogue."""
