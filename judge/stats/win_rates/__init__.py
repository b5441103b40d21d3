"""Win rates, paired differences, strengths, length control, prediction-powered inference."""
