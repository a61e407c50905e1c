"""Credits in the operator's cabinet: requests, corrections, batches of codes, what organisations owe (B-06)."""
