"""Several judges of a run: their calls side by side, and what is shown of them."""
