"""Several runs side by side: judges against one another, and ablations."""
