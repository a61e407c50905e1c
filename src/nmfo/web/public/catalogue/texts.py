"""Names of what people filter by and sort by."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as lazy

from nmfo.catalogue.rules import Basis, EventKind, Form, Kind
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
    return _words(id(table), get_language() or "ru")[name]


def name_of(facet: str, value: str) -> str:
    """The name of a value of a facet of few values."""
    return word(_CHOICES[facet], value)


@functools.cache
def _words(table: int, language: str) -> dict[str, str]:
    return {name: str(text) for name, text in _TABLES[table].items()}


_TABLES = {id(table): table for table in (FACETS, ONE_KIND, FEATURES, SWITCHES, SORTS, *_CHOICES.values())}


def seats(free: int) -> str:
    """3 места; -1 is without a limit and says nothing."""
    return ngettext("%(n)d seat", "%(n)d seats", free) % {"n": free} if free >= 0 else ""
