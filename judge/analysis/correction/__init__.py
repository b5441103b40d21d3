"""`judge correct`: win rates corrected with human labels by prediction-powered inference."""
