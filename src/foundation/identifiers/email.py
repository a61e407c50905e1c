"""Addresses of mail: shape, comparison, and the domains people mistype."""

from __future__ import annotations

import difflib
import re

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

_LONGEST, _LONGEST_NAME = 254, 64
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
USUAL_DOMAINS = (
    "mail.ru",
    "yandex.ru",
    "ya.ru",
    "gmail.com",
    "bk.ru",
    "inbox.ru",
    "list.ru",
    "rambler.ru",
    "icloud.com",
    "outlook.com",
    "hotmail.com",
    "vk.com",
    "yahoo.com",
    "internet.ru",
)
_CLOSE = 0.8


class EmailWithoutAt(Refused):
    message = _("The e-mail address has no @ sign.")
    field = "email"


class EmailUnreadable(Refused):
    message = _("Check the e-mail address: it is not written like one. Example: ivanova@mail.ru")
    field = "email"


def parse(text: str) -> str:
    """The address with its domain in small letters and in ASCII. Raises EmailWithoutAt or EmailUnreadable."""
    text = text.strip()
    if "@" not in text:
        raise EmailWithoutAt
    name, _at, domain = text.rpartition("@")
    try:
        domain = domain.lower().encode("idna").decode() if not domain.isascii() else domain.lower()
    except UnicodeError:
        raise EmailUnreadable from None
    labels = domain.split(".")
    shaped = _NAME.fullmatch(name) and len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    if not shaped or len(name) > _LONGEST_NAME or len(name) + len(domain) + 1 > _LONGEST or labels[-1].isdigit():
        raise EmailUnreadable
    return f"{name}@{domain}"


def key(address: str) -> str:
    """What two writings of one address have in common: mail servers in use here ignore case."""
    return address.lower()


def suggestion(address: str) -> str | None:
    """The address with the domain it was probably meant to have, or None when nothing looks mistyped."""
    name, _at, domain = address.rpartition("@")
    if domain in USUAL_DOMAINS:
        return None
    close = difflib.get_close_matches(domain, USUAL_DOMAINS, n=1, cutoff=_CLOSE)
    return f"{name}@{close[0]}" if close else None


def mask(address: str) -> str:
    """m…a@ya.ru."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}…{name[-1:] if len(name) > 1 else ''}@{domain}"
