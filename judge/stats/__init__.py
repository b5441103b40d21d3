"""Pure functions over arrays: no input, no output, no client."""
