"""How numbers are shown: on a terminal and in files."""
