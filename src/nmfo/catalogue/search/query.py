"""`Query`: everything somebody asks of the catalogue, and its one writing in an address."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode

from nmfo.catalogue.rules.words import Basis, Form, Kind
from nmfo.catalogue.search.segment import FLAGS
from nmfo.catalogue.search.words import clean
from nmfo.reference.models import Level

SORTS = ("relevance", "soonest", "newest", "credits", "price", "title")
MOST_VALUES = 50  # of one facet
_MOST_NUMBER, _MOST_PAGE = 10_000_000, 1_000_000
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RUSSIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
SWITCHES = ("main", "anywhere", "past", "free", *FLAGS, "seats", "exact")
LISTS = ("level", "specialty", "kind", "form", "basis", "region", "organisation", "credits")
NUMBERS = ("credits_from", "credits_to", "price_from", "price_to")
DAYS = ("from", "to")


class Sent(Protocol):
    """What a QueryDict can do, as far as it is needed."""

    def getlist(self, key: str) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search. Lists are OR inside, AND between; days, credits and prices (roubles) are inclusive.

    `main`: only where the specialty is the main one. `anywhere`: what is taught at a distance counts for every region.
    `past`: events that are over too. `exact`: words as they are typed, without correction.
    """

    q: str = ""
    level: tuple[str, ...] = ()
    specialty: tuple[int, ...] = ()
    main: bool = False
    kind: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    anywhere: bool = False
    organisation: tuple[int, ...] = ()
    day_from: dt.date | None = None
    day_to: dt.date | None = None
    past: bool = False
    credits: tuple[int, ...] = ()
    credits_from: int | None = None
    credits_to: int | None = None
    free: bool = False
    price_from: int | None = None
    price_to: int | None = None
    distance: bool = False
    internship: bool = False
    simulation: bool = False
    network: bool = False
    basic_model: bool = False
    new_competence: bool = False
    accredited: bool = False
    seats: bool = False
    exact: bool = False
    sort: str = ""
    page: int = 1

    @property
    def order(self) -> str:
        """The order asked for; by itself relevance when there are words, else the nearest first."""
        return self.sort or ("relevance" if self.q else "soonest")

    def written(self) -> str:
        """The address's query in its one writing: names in order, lists sorted, what is usual left out."""
        parts: list[str] = []
        for value, usual, name in zip(_VALUES(self), _USUAL, _WRITTEN, strict=True):
            if value is usual or value == usual:
                continue
            parts += [_pair(name, one) for one in value] if isinstance(value, tuple) else [_pair(name, value)]
        return "&".join(parts)

    def but(self, **values: Any) -> Query:
        """The same with other values, on the first page unless one is given."""
        return _with(self, {"page": 1, **values})

    def without(self, name: str, value: object = None) -> Query:
        """The same without a value of a list, or without what a name stands for."""
        now = getattr(self, name)
        if isinstance(now, tuple) and value is not None:
            return self.but(**{name: tuple(one for one in now if one != value)})
        return self.but(**{name: next(item.default for item in dataclasses.fields(self) if item.name == name)})

    @property
    def filters(self) -> Query:
        """Only what decides which items are found."""
        return _with(self, {"sort": "", "page": 1})

    @property
    def narrows(self) -> bool:
        """Whether anything but the words is asked for."""
        return self.but(q="", sort="", exact=False) != Query()


def _with(query: Query, values: dict[str, Any]) -> Query:
    """`dataclasses.replace`, three times as fast: a page asks for a dozen. Raises TypeError for a name that is none."""
    made: Query = object.__new__(Query)
    for name, value in zip(_NAMES, _VALUES(query), strict=True):
        object.__setattr__(made, name, values.pop(name) if name in values else value)
    if values:
        raise TypeError(*values)
    return made


_NAMES = tuple(item.name for item in dataclasses.fields(Query))
_VALUES = operator.attrgetter(*_NAMES)
_USUAL = tuple(item.default for item in dataclasses.fields(Query))
_WRITTEN = tuple(name.removeprefix("day_") for name in _NAMES)


@functools.lru_cache(maxsize=10_000)
def _pair(name: str, value: object) -> str:
    """«name=value» of an address; the same pairs stand in most links of a page."""
    if isinstance(value, bool):
        return f"{name}=1"
    return urlencode([(name, value.isoformat() if isinstance(value, dt.date) else str(value))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What values of long lists there are."""

    specialties: Mapping[int, object]
    regions: Mapping[str, object]
    organisations: Mapping[int, object]


def parse(sent: Sent, known: Known) -> tuple[Query, list[str]]:
    """The query of an address, and what of it was left out because it makes no sense: «name=value»."""
    ignored: list[str] = []

    there = set(sent.keys())

    def each(name: str, take: Callable[[str], Any]) -> list[Any]:
        if name not in there:
            return []
        found = []
        given = [text.replace("\0", "").strip() for text in sent.getlist(name)]
        for text in [text for text in given if text][:MOST_VALUES]:
            try:
                found.append(take(text))
            except (KeyError, ValueError, OverflowError):
                ignored.append(f"{name}={text[:60]}")
        return found

    def last(name: str, take: Callable[[str], Any]) -> Any:
        found = each(name, take)
        return found[-1] if found else None

    lists = {
        "level": _one_of(Level.values),
        "specialty": _key_of(known.specialties),
        "kind": _one_of(Kind.values),
        "form": _one_of(Form.values),
        "basis": _one_of(Basis.values),
        "region": _one_of(known.regions),
        "organisation": _key_of(known.organisations),
        "credits": _number,
    }
    values: dict[str, Any] = {name: tuple(sorted(set(each(name, take)))) for name, take in lists.items()}
    values |= {name: bool(last(name, _switch)) for name in SWITCHES}
    values |= {name: last(name, _number) for name in NUMBERS}
    values |= {f"day_{name}": last(name, _day) for name in DAYS}
    texts = sent.getlist("q")
    return Query(
        q=clean(texts[-1]) if texts else "",
        sort=last("sort", _one_of(SORTS)) or "",
        page=last("page", _page) or 1,
        **values,
    ), ignored


class _Whatever(dict[Any, object]):
    """A list that has every value."""

    def __contains__(self, value: object) -> bool:
        return True


def read(written: str) -> Query:
    """A query from its one writing. Values that the catalogue has no more stay: without them it would find more."""
    sent: dict[str, list[str]] = parse_qs(written)
    everything = Known(specialties=_Whatever(), regions=_Whatever(), organisations=_Whatever())
    return parse(_Pairs(sent), everything)[0]


class _Pairs(dict[str, list[str]]):
    """What `parse_qs` gives, read as a form is."""

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])


def _one_of(allowed: Iterable[str]) -> Callable[[str], str]:
    def take(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return take


def _key_of(allowed: Mapping[int, object]) -> Callable[[str], int]:
    def take(text: str) -> int:
        number = _number(text, most=2**63 - 1)
        if number not in allowed:
            raise ValueError(text)
        return number

    return take


def _number(text: str, most: int = _MOST_NUMBER) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20) or int(text) > most:  # noqa: PLR2004 - digits of 2**63
        raise ValueError(text)
    return int(text)


def _page(text: str) -> int:
    return max(1, _number(text, most=_MOST_PAGE))


def _switch(text: str) -> bool:
    return {"1": True, "on": True, "0": False, "": False}[text]


def _day(text: str) -> dt.date:
    if _ISO_DAY.fullmatch(text):
        return dt.date.fromisoformat(text)
    found = _RUSSIAN_DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return dt.date(int(found[3]), int(found[2]), int(found[1]))
