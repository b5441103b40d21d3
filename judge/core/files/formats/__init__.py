"""Files of rows in any format: what a file is, decided by its content, and one small reader for each format."""
