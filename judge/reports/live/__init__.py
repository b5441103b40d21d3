"""`judge view`: a local page that follows runs while they go on. It reads their files, and writes and locks none."""
