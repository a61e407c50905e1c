"""Names of what people filter by and sort by."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as lazy

from nmfo.catalogue.rules.words import Basis, EventKind, Form, Kind
from nmfo.reference.models import Level

FACETS: dict[str, str | Promise] = {
    "kind": lazy("Kind of learning"),
    "specialty": lazy("Specialty"),
    "level": lazy("Education level"),
    "form": lazy("Form of study"),
    "credits": lazy("Volume, credits"),
    "basis": lazy("Who pays"),
    "when": lazy("Start"),
    "region": lazy("Region"),
    "organisation": lazy("Organisation"),
    "price": lazy("Price"),
    "features": lazy("Features"),
}
KINDS: dict[str, str | Promise] = {
    Kind.PROGRAMME: lazy("Programmes of further training"),
    Kind.EVENT: lazy("Events"),
    Kind.MODULE: lazy("Interactive modules"),
}
ONE_KIND: dict[str, str | Promise] = {
    Kind.PROGRAMME: lazy("Programme of further training"),
    Kind.EVENT: lazy("Event"),
    Kind.MODULE: lazy("Interactive module"),
}
FEATURES: dict[str, str | Promise] = {
    "seats": lazy("Takes applications, has seats"),
    "distance": lazy("At a distance"),
    "internship": lazy("Internship"),
    "simulation": lazy("Simulation training"),
    "network": lazy("Several organisations together"),
    "basic_model": lazy("Model of order 837"),
    "new_competence": lazy("New competence"),
    "accredited": lazy("Accredited by the Council"),
}
SWITCHES: dict[str, str | Promise] = {
    "main": lazy("As the main one only"),
    "anywhere": lazy("And what is taught at a distance"),
    "past": lazy("And events that are over"),
    "free": lazy("Free of charge"),
}
ROWS: dict[str, str | Promise] = {
    "credits": pgettext_lazy("unit", "credits"),
    "accredited": lazy("Accredited"),
    "few": lazy("Few seats left"),
    "full": lazy("No free seats, a waiting list is open"),
    "closed": lazy("No open applications"),
    "online": lazy("Online"),
    "from": lazy("From %(day)s"),
    "any_time": lazy("At any time, %(minutes)s"),
    "distance": lazy("%(form)s, at a distance"),
    "price": lazy("from %(price)s"),
}
SORTS: dict[str, str | Promise] = {
    "relevance": lazy("Best match first"),
    "soonest": lazy("Soonest first"),
    "newest": lazy("Newest first"),
    "credits": lazy("Most credits first"),
    "price": lazy("Cheapest first"),
    "title": lazy("By title"),
}
_CHOICES: dict[str, Mapping[str, str | Promise]] = {
    "kind": KINDS,
    "form": dict(Form.choices),
    "basis": dict(Basis.choices),
    "level": dict(Level.choices),
    "event_kind": dict(EventKind.choices),
}


def word(table: Mapping[str, str | Promise], name: str) -> str:
    """A name of a table in the active language. Looked up once: that costs more than the rest of a line."""
    return words(table)[name]


def words(table: Mapping[str, str | Promise], language: str = "") -> dict[str, str]:
    """All names of a table, in the active language unless one is given: asking for it twenty times a page shows."""
    return _words(id(table), language or get_language() or "ru")


def name_of(facet: str, value: str) -> str:
    """The name of a value of a facet of few values."""
    return word(_CHOICES[facet], value)


def names_of(facet: str, language: str = "") -> dict[str, str]:
    """The names of all values of a facet of few values."""
    return words(_CHOICES[facet], language)


@functools.cache
def _words(table: int, language: str) -> dict[str, str]:
    return {name: str(text) for name, text in _TABLES[table].items()}


_TABLES = {id(table): table for table in (FACETS, ONE_KIND, FEATURES, SWITCHES, SORTS, ROWS, *_CHOICES.values())}


@functools.lru_cache(maxsize=5000)
def number(of: str, n: int, language: str) -> str:
    """«3 места», «60 минут», «3 региона», «ещё 2 потока»: `of` is seats, minutes, regions or more_runs.

    `language` is the active one.
    """
    match of:
        case "seats":
            text = ngettext("%(n)d seat", "%(n)d seats", n)
        case "minutes":
            text = ngettext("%(n)d minute", "%(n)d minutes", n)
        case "regions":
            text = ngettext("%(n)d region", "%(n)d regions", n)
        case "more_runs":
            text = ngettext("%(n)d run more", "%(n)d runs more", n)
        case _:
            raise ValueError(of)
    return text % {"n": n}
