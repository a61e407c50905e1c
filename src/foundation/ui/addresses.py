"""Addresses of pages, each worked out once: Django takes thirty microseconds for one, and a page has a dozen."""

from __future__ import annotations

import functools

from django.urls import get_script_prefix, reverse

_MOST = 20_000  # of them most are cards of the catalogue


def address_of(name: str, *args: object) -> str:
    """As Django's `reverse`: the address of a page, no part of which depends on the language.

    Raises NoReverseMatch where there is no such page.
    """
    return _found(get_script_prefix(), name, args)


@functools.lru_cache(maxsize=_MOST, typed=True)
def _found(_prefix: str, name: str, args: tuple[object, ...]) -> str:
    return reverse(name, args=args)
