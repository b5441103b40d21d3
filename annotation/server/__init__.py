"""A local Label Studio for those who have none: its own environment, loopback only, nothing sent home."""
