"""Files people give: recognised by content, re-encoded or refused, kept encrypted under random names (P1, P8, U5)."""
