"""Settings, addresses and the command line of the state-services account."""
