"""What both sites stand on. Knows neither medicine nor state services."""
