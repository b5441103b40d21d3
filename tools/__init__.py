"""Scripts of the repository, run by make."""
