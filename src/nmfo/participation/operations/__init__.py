"""What people and organisers do with events, and what jobs do in their place."""
