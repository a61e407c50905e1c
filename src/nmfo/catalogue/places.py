"""Where something is held, in one line. Pure."""

from __future__ import annotations

_BEFORE = ("г. ", "г.", "город ")  # as people begin an address with a city


def place_in_words(region: str, place: str) -> str:
    """A region and a place in it; once, when the place begins with the region: a city that is a region of its own."""
    typed = place.strip()
    bare = typed.casefold()
    for word in _BEFORE:
        bare = bare.removeprefix(word)
    bare = bare.strip()
    named = region.strip().casefold()
    if named and bare.startswith(named) and not bare[len(named) :][:1].isalnum():
        return typed
    return ", ".join(part for part in (region.strip(), typed) if part)
