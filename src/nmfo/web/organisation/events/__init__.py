"""Pages where an organisation sees who comes to its events, notes who is there, and closes attendance (O-09)."""
