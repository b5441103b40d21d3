"""The HTML report of one run or of several: a self-contained page, rendered from templates."""
