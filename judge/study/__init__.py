"""`judge run study.yaml`: the whole study, stage by stage. The top layer: it alone knows all stages."""
