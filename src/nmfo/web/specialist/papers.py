"""A document as lists show it, in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from foundation.ui.templatetags.ui import short_day
from nmfo.specialists.models import Document
from nmfo.specialists.rules import DocumentKind, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What it is, its number and days in one line, and whether its term is over."""

    document: Document
    title: str
    text: str
    is_over: bool
    trust: str  # in a word


def paper_of(document: Document, today: dt.date) -> Paper:
    """A document, as it is on a day. Its specialty has been fetched with it."""
    title, until = str(DocumentKind(document.kind).label), document.holds_until_on
    if document.specialty:
        title = f"{title}: {document.specialty.name}"
    elif document.title:
        title = f"{title}: {document.title}"
    number = " ".join([_("No."), *f"{document.series} {document.number}".split()])
    parts = [_("waits for its number") if document.awaiting_number else number]
    if document.issuer:
        parts.append(document.issuer)
    if document.issued_on:
        parts.append(_("issued on %(day)s") % {"day": short_day(document.issued_on)})
    if document.valid_until_on:
        parts.append(_("valid until %(day)s") % {"day": short_day(document.valid_until_on)})
    text = " · ".join(parts)
    if document.extended_until_on:
        text = f"{text}, " + _("extended to %(day)s") % {"day": short_day(document.extended_until_on)}
    return Paper(
        document=document,
        title=title,
        text=text,
        is_over=until is not None and until < today,
        trust=str(Trust(document.trust).label),
    )
