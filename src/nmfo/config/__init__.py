"""Settings, addresses and the command line of the portal."""
