"""How a card of an item is shown: to listeners in the catalogue, to its authors before, to who reviews it.

All three pages include `parts/_item_head.html` and `parts/_item_card.html` with what `card_context` gives; the
templates know nothing of the page they stand in. Only the page of the catalogue adds to it:

    for_you    how the item counts for the reader; otherwise a line says that this will be said here
    url        the address of the card; with it, links to calendars
    calendar   the address of the event's calendar entry
    share      the template that offers the link
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nmfo.catalogue.cards import CardFacts, CardRun
from nmfo.catalogue.fields import label_of
from nmfo.catalogue.places import place_in_words
from nmfo.catalogue.rules.words import ACADEMIC_HOUR_MINUTES, DAY_CREDITS, ItemState, Kind, Presence
from nmfo.web.parts import wording
from nmfo.web.parts.markdown import as_html


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """A part of the card in the author's words."""

    title: str
    html: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFact:
    """A line of the card's side."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A document that can be opened."""

    title: str
    size_bytes: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run with its days, who pays and its price in words."""

    facts: CardRun
    period: str
    payers: str
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """What the templates of a card show besides its plain values."""

    title: str
    kind: str
    texts: tuple[ShownText, ...]
    side: tuple[ShownFact, ...]
    files: tuple[ShownFile, ...]
    runs: tuple[ShownRun, ...]
    past_runs: int
    credits_rule: str
    is_withdrawn: bool
    is_past: bool
    organisation_url: str
    catalogue_url: str


def card_context(card: CardFacts, *, now: dt.datetime, file_address: Callable[[int], str]) -> dict[str, Any]:
    """What the templates of a card need. `file_address` gives the address of a document by the pk of its row."""
    return {"card": card, "shown": _shown(card, now, file_address)}


def _shown(card: CardFacts, now: dt.datetime, file_address: Callable[[int], str]) -> ShownCard:
    today = timezone.localdate(now)
    to_come = [run for run in card.runs if run.ends_on >= today]
    catalogue = reverse("public:catalogue")
    return ShownCard(
        title=card.title or _("Without a title yet"),
        kind=card.event_kind or card.kind_label,
        texts=tuple(ShownText(title=title, html=as_html(text)) for title, text in _texts(card) if text),
        side=tuple(fact for fact in _side(card) if fact.text),
        files=tuple(
            ShownFile(title=file.title, size_bytes=file.size_bytes, url=file_address(file.pk)) for file in card.files
        ),
        runs=tuple(
            ShownRun(
                facts=run,
                period=wording.period(run.begins_on, run.ends_on),
                payers=_listed(run.bases),
                price=_price(run.price_rub),
            )
            for run in to_come
        ),
        past_runs=len(card.runs) - len(to_come),
        credits_rule=credits_rule(card.kind),
        is_withdrawn=card.state == ItemState.WITHDRAWN,
        is_past=card.ends_at is not None and card.ends_at < now,
        organisation_url=reverse("public:organisation", args=[card.organisation.pk]),
        catalogue_url=f"{catalogue}?organisation={card.organisation.pk}",
    )


def _texts(card: CardFacts) -> tuple[tuple[str, str], ...]:
    return (
        (label_of(card.kind, "annotation"), card.annotation),
        (_("What you will be able to do"), card.aims),
        (label_of(card.kind, "new_competence"), card.new_competence),
    )


def _hours(n: int) -> str:
    return ngettext("%(n)d academic hour", "%(n)d academic hours", n) % {"n": n}


def _side(card: CardFacts) -> list[ShownFact]:
    rows = [
        (_("Volume"), _hours(card.hours) if card.hours else ""),
        (_("When"), _when(card)),
        (_("Teaching"), _("%(n)d minutes") % {"n": card.minutes} if card.minutes else ""),
        (
            _("Reports of sponsors"),
            _("%(n)d minutes, without credits") % {"n": card.sponsor_minutes} if card.sponsor_minutes else "",
        ),
        (label_of(card.kind, "form"), card.form),
        (_("Who pays"), _listed(card.bases)),
        (_("Where"), _where(card)),
        (_("Presence"), _presence(card)),
        (_("Seats"), str(card.seats) if card.seats else ""),
        (_("Price"), _price(card.price_rub)),
        (label_of(card.kind, "levels"), _listed(card.levels)),
        (_("Features"), _listed(_features(card))),
    ]
    broadcast = ShownFact(label=label_of(card.kind, "link"), text=card.link if card.online else "", url=card.link)
    return [*(ShownFact(label=label, text=text) for label, text in rows), broadcast]


def _listed(names: Iterable[str]) -> str:
    """Names of choices as a sentence has them: Бюджет, договор."""
    first, *others = [*names] or [""]
    return ", ".join([first, *(name[:1].lower() + name[1:] for name in others)])


def _features(card: CardFacts) -> list[str]:
    names = ("distance", "e_learning", "internship", "simulation", "network", "basic_model")
    return [label_of(card.kind, name) for name in names if getattr(card, name)]


def _price(rub: int | None) -> str:
    return "" if rub is None else wording.price(rub)


def _when(card: CardFacts) -> str:
    """The whole span; of a draft what is said so far."""
    return "" if card.begins_at is None else wording.span(card.begins_at, card.ends_at, card.zone)


def _where(card: CardFacts) -> str:
    parts = [place_in_words(card.region, card.place)] if card.on_site else []
    return "; ".join([*filter(None, parts), *([_("online")] if card.online else [])])


def _presence(card: CardFacts) -> str:
    if card.presence_percent is None or card.presence == Presence.LIST:
        return card.presence_label
    return _("%(how)s; %(percent)d %% of the time is enough") % {
        "how": card.presence_label,
        "percent": card.presence_percent,
    }


def credits_rule(kind: str) -> str:
    """Why an item is worth what it is, in a sentence."""
    if kind == Kind.PROGRAMME:
        return _("A programme is worth its hours: 1 credit is 1 academic hour.")
    if kind == Kind.EVENT:
        return _(
            "A credit for each %(minutes)d minutes of teaching, at most %(most)d a day. Sponsors' reports do not count."
        ) % {"minutes": ACADEMIC_HOUR_MINUTES, "most": DAY_CREDITS}
    return _("At most a credit for each %(minutes)d minutes of study.") % {"minutes": ACADEMIC_HOUR_MINUTES}
