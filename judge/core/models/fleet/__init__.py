"""Several servers of one model, used as if they were one."""
