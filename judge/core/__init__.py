"""What all parts use: records, errors, files, clients of models, calls, the terminal. It imports no other part."""
