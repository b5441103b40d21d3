"""Files: rows, the journal, run directories and manifests."""
