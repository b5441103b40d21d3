"""Run a whole study from one file, stage by stage."""
