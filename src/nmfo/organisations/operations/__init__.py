"""What applicants, operators and an organisation's people do."""
