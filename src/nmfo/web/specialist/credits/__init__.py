"""«Где мои баллы?»: the ledger, what is awaited, disputes, and the entering of codes."""
