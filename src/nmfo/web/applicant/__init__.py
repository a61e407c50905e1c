"""The application of an organisation for a cabinet. Its people have no account yet: whoever has its address is in."""
