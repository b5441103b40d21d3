"""The synthetic survey: invented respondents. It is not survey data."""
