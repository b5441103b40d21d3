"""Access to models: one path from a model name to text, for judging and generation alike."""
