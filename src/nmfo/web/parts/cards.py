"""How a card of an item is shown: texts made safe, facts in words.

Pages include `parts/_item_head.html` and `parts/_item_card.html` with `card` in their context; both know nothing of the
cabinet they stand in:

    context = {"card": shown_card(card_of(version, runs, today=today), file_address=lambda pk: reverse(...))}

`_item_card.html` takes two more names: `actions`, a template for the buttons of the page it stands in (to apply, to
add to the plan), and `aside`, a template for what the page knows of the reader (how it counts for them).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from nmfo.catalogue.cards import CardFacts, CardRun
from nmfo.catalogue.fields import label_of, moment_in, price_text
from nmfo.catalogue.rules import ACADEMIC_HOUR_MINUTES, DAY_CREDITS, ItemState, Kind, Presence
from nmfo.web.parts.markdown import as_html


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """A part of the card in the author's words."""

    key: str
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
    kind: str
    size_kb: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run with what it costs and how many seats are left in words."""

    facts: CardRun
    price: str
    seats: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """A card ready for its template; `facts` are the plain values behind it."""

    facts: CardFacts
    title: str
    texts: tuple[ShownText, ...]
    side: tuple[ShownFact, ...]
    marks: tuple[str, ...]
    files: tuple[ShownFile, ...]
    runs: tuple[ShownRun, ...]
    credits_rule: str

    @property
    def is_withdrawn(self) -> bool:
        """Whether the card stays only for those who have its link."""
        return self.facts.state == ItemState.WITHDRAWN


def shown_card(card: CardFacts, *, file_address: Callable[[int], str]) -> ShownCard:
    """The card for its template. `file_address` gives the address of a document by the pk of its row."""
    texts = (("annotation", card.annotation), ("aims", card.aims), ("new_competence", card.new_competence))
    return ShownCard(
        facts=card,
        title=card.title or _("Without a title yet"),
        texts=tuple(
            ShownText(key=key, title=label_of(card.kind, key), html=as_html(text)) for key, text in texts if text
        ),
        side=tuple(fact for fact in _SIDES[card.kind](card) if fact.text),
        marks=_marks(card),
        files=tuple(
            ShownFile(
                title=file.title,
                kind="PDF" if file.content_type == "application/pdf" else _("picture"),
                size_kb=max(1, round(file.size_bytes / 1024)),
                url=file_address(file.pk),
            )
            for file in card.files
        ),
        runs=tuple(ShownRun(facts=run, price=price_text(run.price_rub), seats=_seats(run)) for run in card.runs),
        credits_rule=credits_rule(card.kind),
    )


def _seats(run: CardRun) -> str:
    if run.free is None:
        return _("without a limit")
    return _("%(free)d of %(all)d free") % {"free": run.free, "all": run.seats} if run.free else _("all are taken")


def credits_rule(kind: str) -> str:
    """Why an item is worth what it is, in a sentence."""
    if kind == Kind.PROGRAMME:
        return _("A programme is worth its hours: 1 credit is 1 academic hour.")
    if kind == Kind.EVENT:
        return _(
            "A credit for each %(minutes)d minutes of teaching, at most %(most)d a day. Sponsors' reports do not count."
        ) % {"minutes": ACADEMIC_HOUR_MINUTES, "most": DAY_CREDITS}
    return _("At most a credit for each %(minutes)d minutes of study.") % {"minutes": ACADEMIC_HOUR_MINUTES}


def _marks(card: CardFacts) -> tuple[str, ...]:
    names = ("distance", "e_learning", "internship", "simulation", "network", "basic_model")
    return tuple(label_of(card.kind, name) for name in names if getattr(card, name))


def _named(card: CardFacts, field: str, text: str) -> ShownFact:
    return ShownFact(label=label_of(card.kind, field), text=text)


def _common(card: CardFacts) -> list[ShownFact]:
    return [
        _named(card, "levels", ", ".join(card.levels)),
        _named(card, "main_specialties", ", ".join(card.main_specialties)),
        _named(card, "other_specialties", ", ".join(card.other_specialties)),
        ShownFact(label=_("Price"), text=price_text(card.price_rub)),
    ]


def _programme(card: CardFacts) -> list[ShownFact]:
    return [
        _named(card, "hours", "" if card.hours is None else str(card.hours)),
        _named(card, "form", card.form),
        _named(card, "bases", ", ".join(card.bases)),
        *_common(card),
    ]


def _event(card: CardFacts) -> list[ShownFact]:
    return [
        _named(card, "event_kind", card.event_kind),
        _named(card, "begins_at", moment_in(card.begins_at, card.zone)),
        _named(card, "ends_at", _end(card)),
        _named(card, "place", ", ".join(part for part in (card.region, card.place) if part) if card.on_site else ""),
        ShownFact(label=label_of(card.kind, "link"), text=card.link if card.online else "", url=card.link),
        _named(card, "minutes", "" if card.minutes is None else str(card.minutes)),
        _named(card, "presence", _presence(card)),
        _named(card, "seats", "" if card.seats is None else str(card.seats)),
        *_common(card),
    ]


def _end(card: CardFacts) -> str:
    """Only the clock when it ends on the day it begins."""
    whole = moment_in(card.ends_at, card.zone)
    if card.begins_at is None or card.ends_at is None or not card.zone:
        return whole
    begins, ends = moment_in(card.begins_at, card.zone), whole
    same_day = begins.split(",")[0] == ends.split(",")[0]
    return f"{ends.split(', ')[1]}" if same_day else whole


def _presence(card: CardFacts) -> str:
    if card.presence_percent is None or card.presence == Presence.LIST:
        return card.presence_label
    enough = {"how": card.presence_label, "share": f"{card.presence_percent}\u00a0%"}
    return _("%(how)s, %(share)s of the minutes is enough") % enough


def _module(card: CardFacts) -> list[ShownFact]:
    return [_named(card, "minutes", "" if card.minutes is None else str(card.minutes)), *_common(card)]


_SIDES: dict[str, Callable[[CardFacts], list[ShownFact]]] = {
    Kind.PROGRAMME: _programme,
    Kind.EVENT: _event,
    Kind.MODULE: _module,
}
