"""Addresses that leave the page: for search engines, calendars, QR codes, links that people share."""

from __future__ import annotations

from django.conf import settings


def absolute(path: str) -> str:
    """The address of a page as the portal is known by.

    Never as the request has it: its Host may name any port, or another of our names, and pages are kept for others.
    """
    return f"{settings.BASE_URL}{path}"
