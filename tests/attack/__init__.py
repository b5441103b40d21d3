"""A seeded attack on the whole program: `make attack`. docs/reliability.md quotes its table."""
