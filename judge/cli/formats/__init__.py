"""`judge convert` and `judge export`: files of other programs, in and out."""
