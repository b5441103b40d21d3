"""A second, better judge of a part of the comparisons: which it reads, and its calls in a folder within the run's."""
