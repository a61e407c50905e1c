"""Django's PostgreSQL with what every request would pay for made cheaper."""
