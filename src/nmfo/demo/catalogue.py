"""The demo's sixty items, read from `items/*.md` and put where they stand on their way. Days count from the loading.

A file has the items of one organisation. An item is a title (`# …`), lines `name: value`, an empty line, the
annotation, and parts `## Результаты`, `## Новая компетенция`. Days are offsets: `+12` is in twelve days, moved on to a
working day.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_snils
from nmfo.catalogue.models import Item, Remark, Run, Version, VersionSpecialty, VersionStep, VersionTeacher
from nmfo.catalogue.operations.listing import refresh_search
from nmfo.catalogue.rules.reviewing import due_on
from nmfo.catalogue.rules.versions import most_credits_of_event
from nmfo.catalogue.rules.words import ItemState, Kind, VersionState
from nmfo.demo.organisations import ORGANISATIONS
from nmfo.demo.people import OPERATOR
from nmfo.organisations.models import Organisation
from nmfo.organisations.queries import members_of
from nmfo.reference.models import Specialty

ITEMS = Path(__file__).parent / "items"
AIMS, COMPETENCE = "Результаты", "Новая компетенция"
_MARKS = ("distance", "e_learning", "internship", "simulation", "network", "basic_model")
_HOLIDAYS = frozenset({(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)})


@dataclass(slots=True, kw_only=True)
class DemoItem:
    """An item as its file says it."""

    title: str
    values: dict[str, list[str]]
    annotation: str
    parts: dict[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The value of a line that stands once."""
        return self.values.get(name, [default])[0]

    def listed(self, name: str, sign: str = ",") -> list[str]:
        """The values of a line, apart."""
        return [part.strip() for part in self.one(name).split(sign) if part.strip()]

    @property
    def state(self) -> tuple[str, int]:
        """Where it is on its way, and for how many days."""
        name, _space, days = self.one("state", "published").partition(" ")
        return name, int(days or 3)


def read_items(key: str) -> list[DemoItem]:
    """The items of an organisation's file."""
    text = (ITEMS / f"{key}.md").read_text(encoding="utf-8")
    return [_read(part) for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]]


def _read(text: str) -> DemoItem:
    title, _newline, rest = text.partition("\n")
    head, _empty, body = rest.partition("\n\n")
    values: dict[str, list[str]] = {}
    for line in head.splitlines():
        name, _colon, value = line.partition(": ")
        values.setdefault(name, []).append(value.strip())
    annotation, *parts = re.split(r"^## ", body, flags=re.MULTILINE)
    named = dict(part.split("\n", 1) for part in parts)
    return DemoItem(
        title=title.strip(),
        values=values,
        annotation=_paragraphs(annotation),
        parts={name: _paragraphs(part) for name, part in named.items()},
    )


def _paragraphs(text: str) -> str:
    """Lines that the file breaks for its width are put together; lists stay lists."""
    return re.sub(r"(?<!\n)\n(?!\n|- |\d+\. )", " ", text.strip())


@transaction.atomic
def load_items(now: dt.datetime) -> int:
    """Put the items there that are not there yet, by their keys. Returns how many are new."""
    specialties = _specialties(timezone.localdate(now))
    new: list[int] = []
    for given in ORGANISATIONS:
        organisation = Organisation.objects.get(inn=given.inn)
        known = set(Item.objects.filter(organisation=organisation).values_list("source_key", flat=True))
        author = _author(organisation)
        for number, item in enumerate(read_items(given.key)):
            if f"demo-{item.one('key')}" not in known:
                new.append(_put(item, organisation, author, specialties, now, number))
    refresh_search(new)
    return len(new)


def _specialties(today: dt.date) -> dict[tuple[str, str], Specialty]:
    """The specialties that hold on a day, by name and level."""
    holds = Q(valid_from_on__lte=today) & (Q(valid_until_on=None) | Q(valid_until_on__gte=today))
    return {(row.name, row.level): row for row in Specialty.objects.filter(holds).order_by("valid_from_on")}


def _author(organisation: Organisation) -> Account:
    members = list(members_of(organisation))
    return next((member for member in members if "methodist" in member.roles), members[0]).account


def _put(
    given: DemoItem,
    organisation: Organisation,
    author: Account,
    specialties: dict[tuple[str, str], Specialty],
    now: dt.datetime,
    number: int,
) -> int:
    state, days = given.state
    written_at = now - dt.timedelta(days=70 + number + _days_since(given), hours=number)
    item = Item.objects.create(
        organisation=organisation,
        kind=given.one("kind"),
        source_key=f"demo-{given.one('key')}",
        accredited="accredited" in given.listed("marks"),
        created_at=written_at,
        created_by=author,
        is_demo=True,
    )
    version = _version(given, item, author, written_at, now)
    _parts(given, version, specialties)
    if state in {"published", "revision", "withdrawn"}:
        _publish(version, author, written_at)
        Run.objects.bulk_create(_runs(given, version, author, now))
    elif state == "review":
        _submit(version, author, now - dt.timedelta(days=days))
    elif state == "returned":
        _return(given, version, author, now)
    if state == "revision":
        _revise(given, version, author, specialties, now)
    if state == "withdrawn":
        item.state, item.withdrawn_at = ItemState.WITHDRAWN, now - dt.timedelta(days=12)
        item.withdrawn_by, item.withdrawn_reason = author, given.one("reason")
        item.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return item.pk


def _days_since(given: DemoItem) -> int:
    """How many days ago an event was: it had been written and published before."""
    return max(0, -int(given.one("at", "0").split()[0]))


def _version(
    given: DemoItem, item: Item, author: Account, at: dt.datetime, now: dt.datetime, **changed: Any
) -> Version:
    marks = given.listed("marks")
    kind = Kind(given.one("kind"))
    values: dict[str, Any] = {mark: mark in marks for mark in _MARKS}
    if kind == Kind.PROGRAMME:
        hours = int(given.one("hours"))
        values |= {"hours": hours, "credits": hours, "form": given.one("form"), "bases": given.listed("bases")}
    elif kind == Kind.EVENT:
        values |= _event(given, now)
    else:
        values |= {"minutes": int(given.one("minutes")), "credits": int(given.one("credits"))}
    values |= {
        "number": 1,
        "title": given.title,
        "annotation": given.annotation,
        "aims": given.parts.get(AIMS, ""),
        "new_competence": given.parts.get(COMPETENCE, ""),
        "levels": given.listed("levels"),
        "price_rub": int(given.one("price")),
    }
    return Version.objects.create(
        item=item, created_at=at, created_by=author, saved_at=at, saved_by=author, **(values | changed)
    )


def _event(given: DemoItem, now: dt.datetime) -> dict[str, Any]:
    day, hour, zone = given.one("at").split()
    last_day, last_hour = given.one("until").split()
    first = _day(day, now)
    span = int(last_day) - int(day)
    minutes = int(given.one("minutes"))
    presence, percent = given.one("presence").split()
    region, place = _place(given.one("place"))
    seats = given.one("seats")
    return {
        "event_kind": given.one("event"),
        "begins_at": _moment(first, hour, zone),
        "ends_at": _moment(first + dt.timedelta(days=span), last_hour, zone),
        "zone": zone,
        "minutes": minutes,
        "sponsor_minutes": int(given.one("sponsor", "0")),
        "credits": most_credits_of_event(minutes, span + 1),
        "on_site": bool(region),
        "region_id": region,
        "place": place,
        "online": bool(given.one("link")),
        "link": given.one("link"),
        "presence": presence,
        "presence_percent": int(percent),
        "seats": int(seats) if seats else None,
    }


def _moment(day: dt.date, hour: str, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(hour), zoneinfo.ZoneInfo(zone))


def _day(offset: str, now: dt.datetime) -> dt.date:
    """So many days from the loading, moved on to a working day."""
    day = timezone.localdate(now) + dt.timedelta(days=int(offset))
    while day.isoweekday() > 5 or (day.month, day.day) in _HOLIDAYS:  # noqa: PLR2004 - Saturday and Sunday
        day += dt.timedelta(days=1)
    return day


def _place(text: str) -> tuple[str | None, str]:
    code, _space, place = text.partition(" ")
    return (code or None), place


def _parts(given: DemoItem, version: Version, specialties: dict[tuple[str, str], Specialty]) -> None:
    main = _named(given, "for", specialties)
    other = [row for row in _named(given, "also", specialties) if row not in main]
    VersionSpecialty.objects.bulk_create(
        [VersionSpecialty(version=version, specialty=row, is_main=True) for row in main]
        + [VersionSpecialty(version=version, specialty=row, is_main=False) for row in other]
    )
    teachers = [line.split(" | ") for line in given.values.get("teacher", [])]
    VersionTeacher.objects.bulk_create(
        [
            VersionTeacher(version=version, position=position, name=name, post=post)
            for position, (name, post) in enumerate(teachers, 1)
        ]
    )


def _named(given: DemoItem, line: str, specialties: dict[tuple[str, str], Specialty]) -> list[Specialty]:
    """The specialties of a line, at each of the item's levels that has one of the name."""
    pairs = [(name, level) for name in given.listed(line, ";") for level in given.listed("levels")]
    return [specialties[pair] for pair in pairs if pair in specialties]


def _submit(version: Version, author: Account, at: dt.datetime) -> None:
    version.state, version.submitted_at, version.submitted_by = VersionState.SUBMITTED, at, author
    version.due_on = due_on(timezone.localdate(at))
    version.save(update_fields=["state", "submitted_at", "submitted_by", "due_on"])
    VersionStep.objects.create(version=version, state=VersionState.SUBMITTED, by=author, at=at)


def _publish(version: Version, author: Account, written_at: dt.datetime) -> None:
    operator = account_by_snils(OPERATOR.snils)
    _submit(version, author, written_at + dt.timedelta(hours=5))
    at = written_at + dt.timedelta(days=4)
    version.state, version.published_at = VersionState.PUBLISHED, at
    version.decided_at, version.decided_by = at, operator
    version.save(update_fields=["state", "published_at", "decided_at", "decided_by"])
    VersionStep.objects.create(version=version, state=VersionState.PUBLISHED, by=operator, at=at)
    Item.objects.filter(pk=version.item_id).update(state=ItemState.PUBLISHED)


def _return(given: DemoItem, version: Version, author: Account, now: dt.datetime) -> None:
    operator = account_by_snils(OPERATOR.snils)
    at = now - dt.timedelta(days=2)
    _submit(version, author, now - dt.timedelta(days=8))
    version.state, version.decided_at, version.decided_by = VersionState.RETURNED, at, operator
    version.decision = "Программа нужная. Исправьте, пожалуйста, три замечания и отправьте снова."
    version.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    VersionStep.objects.create(
        version=version, state=VersionState.RETURNED, by=operator, reason=version.decision, at=at
    )
    remarks = [line.split(" | ") for line in given.values["remark"]]
    Remark.objects.bulk_create(
        [Remark(version=version, field=name, text=text, by=operator, at=at) for name, text in remarks]
    )


def _revise(
    given: DemoItem,
    version: Version,
    author: Account,
    specialties: dict[tuple[str, str], Specialty],
    now: dt.datetime,
) -> None:
    """A newer version under review, with a changed price, a simulation class and one more outcome."""
    at = now - dt.timedelta(days=1)
    newer = _version(
        given,
        version.item,
        author,
        at,
        now,
        number=2,
        simulation=True,
        price_rub=int(given.one("price")) + 700,
        aims=version.aims + "\n- Отрабатывать действия при гипертоническом кризе на симуляторе.",
    )
    _parts(given, newer, specialties)
    _submit(newer, author, at)


def _runs(given: DemoItem, version: Version, author: Account, now: dt.datetime) -> Iterator[Run]:
    for line in given.values.get("run", []):
        days, apply, *place, seats, price, bases = line.split(" | ")
        begins, ends = days.split()
        begins_on = _day(begins, now)
        region, room = _place(place[0] if place else "")
        yield Run(
            item_id=version.item_id,
            version=version,
            begins_on=begins_on,
            ends_on=begins_on + dt.timedelta(days=int(ends) - int(begins)),
            apply_until_on=begins_on + dt.timedelta(days=int(apply.removeprefix("apply ")) - int(begins)),
            seats=_seats(seats),
            region_id=region,
            place=room,
            bases=_split(bases),
            price_rub=int(price),
            created_at=version.created_at,
            created_by=author,
        )


def _seats(text: str) -> int | None:
    """`seats 20`, or `no limit`. Who takes them are the demo's own people, by their applications."""
    return None if text == "no limit" else int(text.removeprefix("seats"))


def _split(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",")]
