"""What can be done with a specialist's data: the first run, documents, disputes, the register's import."""
