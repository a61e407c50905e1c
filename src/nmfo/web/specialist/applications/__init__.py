"""S-05..S-07: a specialist's applications for learning."""
