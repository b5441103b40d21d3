"""A model in place of the rule: it says of each response whether it is a refusal, call by call like any other task."""
