"""`judge analyze`: subgroups, length, position, and several contestants."""
