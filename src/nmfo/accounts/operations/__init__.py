"""What can be done with accounts: registering, signing in, recovering, changing, closing."""
