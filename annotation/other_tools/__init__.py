"""Campaigns in other tools: export blinded tasks, import answers."""
