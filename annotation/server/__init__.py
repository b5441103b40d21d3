"""A local Label Studio for users without one: own environment, loopback only, no telemetry."""
