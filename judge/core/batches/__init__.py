"""Calls in batches: sent to a provider in parts, collected when they are ready, never sent twice."""
