"""For the templates of letters."""

from __future__ import annotations

from django import template

from foundation.mail.operations import place_of

register = template.Library()


@register.simple_tag
def secret(name: str) -> str:
    """The place of a secret that is filled in only while the letter is being sent (promise M3)."""
    return place_of(name)
