"""The operator's pages about items: the queue of versions, a review, what stands in the catalogue."""
