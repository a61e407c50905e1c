"""What each field of an item is called, where it stands, and how its value reads; what differs between two versions.

Editor, preview, review, letters and imports name and show fields by this one table. No ORM, no clock.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from foundation.ui.templatetags.ui import day
from nmfo.catalogue.rules.runs import too_dense
from nmfo.catalogue.rules.versions import SpecialtyFacts, VersionFacts
from nmfo.catalogue.rules.words import MOST_HOURS_A_DAY, Basis, EventKind, Form, Kind, Presence
from nmfo.reference.models import Level
from nmfo.reference.naming import specialties_in_a_line, specialty_called
from nmfo.reference.zones import ZONES, zone_label

Name = str | Promise

LABELS: dict[str, Name] = {
    "title": pgettext_lazy("item", "Title"),
    "annotation": pgettext_lazy("item", "Annotation"),
    "aims": pgettext_lazy("item", "Aims and outcomes"),
    "new_competence": pgettext_lazy("item", "New competence"),
    "levels": pgettext_lazy("item", "Level of education"),
    "main_specialties": pgettext_lazy("item", "Main specialties"),
    "other_specialties": pgettext_lazy("item", "Additional specialties"),
    "hours": pgettext_lazy("item", "Hours"),
    "form": pgettext_lazy("item", "Form of study"),
    "bases": pgettext_lazy("item", "Who pays"),
    "distance": pgettext_lazy("item", "Distance learning technologies (ДОТ)"),
    "e_learning": pgettext_lazy("item", "E-learning"),
    "internship": pgettext_lazy("item", "Internship"),
    "simulation": pgettext_lazy("item", "Simulation training"),
    "network": pgettext_lazy("item", "Network form"),
    "basic_model": pgettext_lazy("item", "Model of order 837"),
    "minutes": pgettext_lazy("item", "Minutes of teaching"),
    "sponsor_minutes": pgettext_lazy("item", "Minutes of sponsors' reports"),
    "credits": pgettext_lazy("item", "Credits"),
    "event_kind": pgettext_lazy("item", "Kind of event"),
    "begins_at": pgettext_lazy("item", "Beginning"),
    "ends_at": pgettext_lazy("item", "End"),
    "zone": pgettext_lazy("item", "Time zone"),
    "on_site": pgettext_lazy("item", "On the spot"),
    "online": pgettext_lazy("item", "Online"),
    "region": pgettext_lazy("item", "Region"),
    "place": pgettext_lazy("item", "Place"),
    "link": pgettext_lazy("item", "Link to the broadcast"),
    "presence": pgettext_lazy("item", "How presence is confirmed"),
    "presence_percent": pgettext_lazy("item", "Share of the minutes that is enough, %"),
    "seats": pgettext_lazy("item", "Seats"),
    "price_rub": pgettext_lazy("item", "Price, roubles"),
    "teachers": pgettext_lazy("item", "Teachers"),
    "files": pgettext_lazy("item", "Documents"),
}
_LABELS_OF_KIND: dict[tuple[str, str], Name] = {
    (Kind.EVENT, "teachers"): pgettext_lazy("item", "Speakers"),
    (Kind.MODULE, "teachers"): pgettext_lazy("item", "Authors"),
    (Kind.MODULE, "minutes"): pgettext_lazy("item", "Minutes of study"),
    (Kind.EVENT, "files"): pgettext_lazy("item", "Programme of the event and other documents"),
    (Kind.PROGRAMME, "files"): pgettext_lazy("item", "Curriculum and other documents"),
}
LONG = frozenset({"annotation", "aims", "new_competence", "teachers"})
_COMPARED_BY_WORDS = LONG | {"title", "main_specialties", "other_specialties", "place", "files"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the editor, of the preview's table and of the list of tasks."""

    key: str
    name: Name
    fields: tuple[str, ...]


_SPECIALTIES = Section(
    key="specialties", name=pgettext_lazy("item", "Specialties"), fields=("main_specialties", "other_specialties")
)
_CONTENT = Section(
    key="content", name=pgettext_lazy("item", "Content"), fields=("annotation", "aims", "new_competence")
)
_DOCUMENTS = Section(key="documents", name=pgettext_lazy("item", "Documents"), fields=("files",))
_PRICE = Section(key="price", name=pgettext_lazy("item", "Price"), fields=("price_rub",))
SECTIONS: dict[str, tuple[Section, ...]] = {
    Kind.PROGRAMME: (
        Section(
            key="passport",
            name=pgettext_lazy("item", "Passport"),
            fields=(
                "title",
                "hours",
                "credits",
                "form",
                "bases",
                "levels",
                "distance",
                "e_learning",
                "internship",
                "simulation",
                "network",
                "basic_model",
            ),
        ),
        _SPECIALTIES,
        _CONTENT,
        Section(key="people", name=pgettext_lazy("item", "Teachers"), fields=("teachers",)),
        _DOCUMENTS,
        _PRICE,
    ),
    Kind.EVENT: (
        Section(
            key="passport",
            name=pgettext_lazy("item", "Main facts"),
            fields=("title", "event_kind", "levels", "simulation", "basic_model"),
        ),
        Section(
            key="time",
            name=pgettext_lazy("item", "Time and credits"),
            fields=("begins_at", "ends_at", "zone", "minutes", "sponsor_minutes", "credits"),
        ),
        Section(
            key="place", name=pgettext_lazy("item", "Where"), fields=("on_site", "region", "place", "online", "link")
        ),
        Section(
            key="presence",
            name=pgettext_lazy("item", "Presence and seats"),
            fields=("presence", "presence_percent", "seats"),
        ),
        _SPECIALTIES,
        _CONTENT,
        Section(key="people", name=pgettext_lazy("item", "Speakers"), fields=("teachers",)),
        _DOCUMENTS,
        _PRICE,
    ),
    Kind.MODULE: (
        Section(
            key="passport", name=pgettext_lazy("item", "Main facts"), fields=("title", "minutes", "credits", "levels")
        ),
        _SPECIALTIES,
        _CONTENT,
        Section(key="people", name=pgettext_lazy("item", "Authors"), fields=("teachers",)),
        _DOCUMENTS,
        _PRICE,
    ),
}


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields of a kind in the order people meet them."""
    return tuple(name for section in SECTIONS[kind] for name in section.fields)


def label_of(kind: str, field: str) -> str:
    """What a field is called; an empty one is the item as a whole."""
    if not field:
        return pgettext("item", "As a whole")
    return str(_LABELS_OF_KIND.get((kind, field), LABELS[field]))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """A field with its value in words; an empty text is «not said»."""

    key: str
    label: str
    text: str
    by_words: bool = False


def rows_of(facts: VersionFacts, *, region: str = "", files: Iterable[str] = ()) -> list[FieldRow]:
    """All fields of a version in words, in their order. `region` is its name, `files` the titles of its documents."""
    return [
        FieldRow(
            key=name,
            label=label_of(facts.kind, name),
            text="\n".join(files) if name == "files" else region if name == "region" else text_of(facts, name),
            by_words=name in _COMPARED_BY_WORDS,
        )
        for name in fields_of(facts.kind)
    ]


def text_of(facts: VersionFacts, field: str) -> str:
    """The value of a field in words of the current language."""
    value = getattr(facts, field)
    if value is None or value in ("", ()):
        return ""
    if field in _NAMES:
        return ", ".join(names_of(field, [value] if isinstance(value, str) else value))
    if isinstance(value, bool):
        return pgettext("item", "yes") if value else pgettext("item", "no")
    read = _READ.get(field)
    return read(facts) if read else str(value)


def _called(specialties: Iterable[SpecialtyFacts]) -> str:
    """With levels: an author who adds the namesake of another level has changed something."""
    return specialties_in_a_line(specialty_called(one.name, level=one.level) for one in specialties)


def _people(facts: VersionFacts) -> str:
    return "\n".join(f"{one.name}, {one.post}" if one.post else one.name for one in facts.teachers)


_READ: dict[str, Callable[[VersionFacts], str]] = {
    "main_specialties": lambda facts: _called(facts.main_specialties),
    "other_specialties": lambda facts: _called(facts.other_specialties),
    "teachers": _people,
    "begins_at": lambda facts: moment_in(facts.begins_at, facts.zone),
    "ends_at": lambda facts: moment_in(facts.ends_at, facts.zone),
    "zone": lambda facts: str(ZONES.get(facts.zone, facts.zone)),
    "price_rub": lambda facts: price_text(facts.price_rub),
}
_NAMES: dict[str, Sequence[tuple[str, Name]]] = {
    "levels": Level.choices,
    "form": Form.choices,
    "bases": Basis.choices,
    "event_kind": EventKind.choices,
    "presence": Presence.choices,
}


def names_of(field: str, values: Iterable[str]) -> list[str]:
    """The values of a choice field in words."""
    names = dict(_NAMES[field])
    return [str(names[value]) for value in values]


def moment_in(at: dt.datetime | None, zone: str) -> str:
    """14 декабря 2026, 10:00 МСК+2 (Екатеринбург): a moment in the zone it was announced in."""
    if at is None:
        return ""
    local = at.astimezone(zoneinfo.ZoneInfo(zone) if zone else dt.UTC)
    label = zone_label(zone, at) if zone else "UTC"
    return f"{day(local.date())}, {local:%H:%M}\u00a0{label}"


def price_text(roubles: int | None) -> str:
    """9 800 ₽, or «free»; empty when it is not said."""
    if roubles is None:
        return ""
    return f"{roubles:,}".replace(",", "\u00a0") + "\u00a0₽" if roubles else pgettext("item", "free of charge")


def credits_text(number: int | None) -> str:
    """36 ЗЕТ."""
    return "" if number is None else ngettext("%(n)d credit", "%(n)d credits", number) % {"n": number}


def dense_text(hours: int | None, days: int) -> str:
    """That hours of teaching are more a day than is plausible; nothing when they are not."""
    each = too_dense(hours, days)
    if each is None or hours is None:
        return ""
    text = ngettext(
        "%(hours)d hours in %(n)d day are %(each)d a day. More than %(most)d a day can hardly be taught: check it.",
        "%(hours)d hours in %(n)d days are %(each)d a day. More than %(most)d a day can hardly be taught: check it.",
        days,
    )
    return text % {"hours": hours, "n": days, "each": each, "most": MOST_HOURS_A_DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a text beside its other version: the same, gone, or new."""

    text: str
    is_gone: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field whose value differs: both values in words, and both as pieces."""

    key: str
    label: str
    old: str
    new: str
    old_parts: tuple[Part, ...]
    new_parts: tuple[Part, ...]


def differences(old: Iterable[FieldRow], new: Iterable[FieldRow]) -> list[Difference]:
    """The fields whose values differ, in the order of the new rows. A field that only one has is empty in the other."""
    before: Mapping[str, FieldRow] = {row.key: row for row in old}
    found = []
    for row in new:
        was = before[row.key].text if row.key in before else ""
        if was != row.text:
            old_parts, new_parts = _pieces(was, row.text) if row.by_words else map(tuple, _whole(was, row.text))
            found.append(
                Difference(
                    key=row.key, label=row.label, old=was, new=row.text, old_parts=old_parts, new_parts=new_parts
                )
            )
    return found


_MOST_PAIRS = 300_000  # pieces of one text times pieces of the other, in all: beyond it a part is shown as replaced
_WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


def _whole(old: str, new: str) -> tuple[list[Part], list[Part]]:
    return [Part(text=old, is_gone=True)] if old else [], [Part(text=new, is_new=True)] if new else []


class _Comparison:
    """Paragraph by paragraph, and inside a changed one word by word, while the allowance lasts.

    Anybody may have written these texts, and comparing two long ones that were made for it takes minutes.
    """

    def __init__(self) -> None:
        self.left = _MOST_PAIRS
        self.old: list[Part] = []
        self.new: list[Part] = []

    def compare(self, old: Sequence[str], new: Sequence[str], *, words: bool = False) -> None:
        first = _same_at_start(old, new)
        last = _same_at_start(old[first:][::-1], new[first:][::-1])
        self._same(old[:first])
        self._middle(old[first : len(old) - last], new[first : len(new) - last], words=words)
        self._same(old[len(old) - last :])

    def _middle(self, old: Sequence[str], new: Sequence[str], *, words: bool) -> None:
        pairs = len(old) * len(new)
        if not pairs or pairs > self.left:
            self._replaced("".join(old), "".join(new))
            return
        self.left -= pairs
        for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what == "equal":
                self._same(old[a:b])
            elif words or what != "replace":
                self._replaced("".join(old[a:b]), "".join(new[c:d]))
            else:
                self.compare(_WORD.findall("".join(old[a:b])), _WORD.findall("".join(new[c:d])), words=True)

    def _same(self, pieces: Sequence[str]) -> None:
        if pieces:
            self.old.append(Part(text="".join(pieces)))
            self.new.append(Part(text="".join(pieces)))

    def _replaced(self, old: str, new: str) -> None:
        gone, came = _whole(old, new)
        self.old += gone
        self.new += came


def _same_at_start(old: Sequence[str], new: Sequence[str]) -> int:
    return next(
        (n for n, (left, right) in enumerate(zip(old, new, strict=False)) if left != right), min(len(old), len(new))
    )


def _pieces(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    comparison = _Comparison()
    comparison.compare(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return tuple(comparison.old), tuple(comparison.new)
