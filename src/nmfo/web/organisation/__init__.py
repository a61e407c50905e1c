"""The organisation's cabinet."""
