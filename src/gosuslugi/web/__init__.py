"""Pages of the state-services account."""
