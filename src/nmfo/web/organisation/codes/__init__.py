"""Confirmation codes (ИКП) in an organisation's cabinet (O-10)."""
