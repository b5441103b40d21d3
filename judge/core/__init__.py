"""The ground floor: records, errors, store, chat clients, budget. Imports nothing above it."""
