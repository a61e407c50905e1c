"""What people do with items: write, submit, decide, publish, withdraw; runs; imports; what the search knows."""
