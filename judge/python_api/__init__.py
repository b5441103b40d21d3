"""The public Python functions. They return the records whose tables the commands print."""
