"""How far subgroups differ: spread, disparity, permutation tests, shrinkage."""
