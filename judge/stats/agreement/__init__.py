"""Agreement coefficients with intervals."""
