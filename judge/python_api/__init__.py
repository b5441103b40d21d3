"""The public Python functions: friendly arguments in, the same frozen records out that the commands print."""
