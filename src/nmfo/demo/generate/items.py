"""Rows of invented organisations and of their programmes, events and modules."""

from __future__ import annotations

import datetime as dt
import functools
import random
import zoneinfo
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from foundation.db import pgcopy
from foundation.db.pgcopy import Rows
from foundation.identifiers import inn, ogrn
from nmfo.catalogue.rules.reviewing import due_on
from nmfo.catalogue.rules.versions import most_credits_of_event
from nmfo.demo.generate import names
from nmfo.demo.generate.plan import Facts, Part, Plan, happens
from nmfo.demo.generate.specialties import POPULAR, ids_of, weights_of
from nmfo.demo.generate.texts import Text, peers_of, pick, write

_KINDS = ("academy", "other", "university", "college", "society", "research")
_SORTS = {
    "academy": ("Институт непрерывного медицинского образования", "Институт"),
    "other": ("Учебный центр дополнительного профессионального образования", "Учебный центр"),
    "university": ("Медицинская академия", "Академия"),
    "college": ("Медицинский колледж", "Колледж"),
    "society": ("Общество врачей", "Общество"),
    "research": ("Научно-практический центр", "Научный центр"),
}
_BRANDS = (
    "Асклепий", "Гигия", "Панацея", "Пирамида", "Гиппократ", "Авиценна", "Медзнание", "Эскулап", "Парацельс", "Вектор",
    "Сфера", "Горизонт", "Опора", "Пульс", "Импульс", "Ориентир", "Маяк", "Исток", "Родник", "Перспектива", "Практика",
    "Наставник", "Мастерская", "Альвеола", "Аорта", "Синапс", "Нейрон", "Эритро", "Гален", "Везалий", "Цефей", "Орион",
    "Полярис", "Аврора", "Лира", "Вега", "Альтаир", "Кассиопея", "Линия", "Грань", "Эталон", "Стандарт", "Арника",
)  # fmt: skip
_STREETS = ("Учебная", "Примерная", "Образцовая", "Проверочная", "Показательная", "Тетрадная", "Глобусная")
_HOURS = (18, 36, 36, 36, 36, 72, 72, 144, 18, 36, 24, 108, 16, 216)
_FORMS = ("correspondence", "part_time", "full_time")
_BASES = (("contract",), ("budget", "contract"), ("contract", "certificate"), ("budget",),
          ("budget", "contract", "certificate"))  # fmt: skip
_EVENTS = ("webinar", "webinar", "webinar", "webinar", "seminar", "conference", "conference", "workshop", "school",
           "congress")  # fmt: skip
_LONG = frozenset({"conference", "school", "congress"})
_POSTS = ("доцент кафедры, кандидат медицинских наук", "профессор, доктор медицинских наук", "врач высшей категории",
          "ассистент кафедры", "заведующий отделением", "преподаватель", "главная медицинская сестра")  # fmt: skip
_CANCELLED = ("Группа не набрана.", "Преподаватель болен, поток перенесён.", "Учебная база закрыта на ремонт.")
_SATURDAY = 6
_LONG_DAY_MINUTES = 180  # has a break of an hour
_DAY, _MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Organisation:
    name: str
    short_name: str
    kind: str
    region: str
    zone: str


@functools.cache
def _organisations(plan: Plan, zones: tuple[tuple[str, str], ...]) -> tuple[_Organisation, ...]:
    chance = plan.chance("organisations")
    made = []
    for number in range(plan.organisations):
        kind = pick(chance, _KINDS)
        region, zone = chance.choice(zones) if happens(chance, 0.7) else _of_a_capital(chance, zones)
        name, short = _SORTS[kind]
        brand = f"«{chance.choice(_BRANDS)}-{number + 1}»"
        made.append(_Organisation(f"{name} {brand}, {_city(region)}", f"{short} {brand}", kind, region, zone))
    return tuple(made)


def _of_a_capital(chance: random.Random, zones: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Moscow and Saint Petersburg have more of everything."""
    code = chance.choice(("77", "77", "78"))
    return next(row for row in zones if row[0] == code)


@functools.cache
def _cities() -> dict[str, str]:
    lines = (Path(__file__).parent / "capitals.txt").read_text(encoding="utf-8").splitlines()
    return {line[:2]: line[3:] for line in lines}


def _city(region: str) -> str:
    return _cities()[region]


def organisation_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Organisations, all in one part."""
    chance = plan.chance("cards")
    made = _organisations(plan, facts.zones)
    numbers = range(1, len(made) + 1)
    first = facts.first_ids["organisations_organisation"]
    inns = [f"99{number:07d}" for number in numbers]
    ogrns = [f"12699{number:07d}" for number in numbers]
    columns = {
        "id": pgcopy.int8(range(first, first + len(made))),
        "name": pgcopy.text(row.name for row in made),
        "short_name": pgcopy.text(row.short_name for row in made),
        "kind": pgcopy.text(row.kind for row in made),
        "inn": pgcopy.text(f"{nine}{inn.control_number(nine)}" for nine in inns),
        "ogrn": pgcopy.text(f"{twelve}{ogrn.control_number(twelve)}" for twelve in ogrns),
        "region_id": pgcopy.text(row.region for row in made),
        "address": pgcopy.text(_address(chance, row.region) for row in made),
        "licence_number": pgcopy.text(
            f"Л035-0{chance.randint(1000, 1300)}-{row.region}/00{chance.randint(100000, 999999)}" for row in made
        ),
        "licence_issued_on": pgcopy.day(plan.today - chance.randint(200, 5000) * _DAY for _row in made),
        "licence_until_on": pgcopy.nulls(len(made)),
        "licence_state": pgcopy.text(chance.choices(("valid", "suspended", "ended"), (97, 2, 1), k=len(made))),
        "about": pgcopy.text(
            f"Дополнительное образование медицинских работников, {_city(row.region)}." for row in made
        ),
        "site": pgcopy.text(f"https://org{number}.nmfo.example/" for number in numbers),
        "public_email": pgcopy.text(f"info@org{number}.nmfo.example" for number in numbers),
        "public_phone": pgcopy.text(f"+70009{number:06d}" for number in numbers),
        "opened_at": pgcopy.moment(plan.noon - chance.randint(30, 1500) * _DAY for _row in made),
        "is_demo": pgcopy.boolean([True] * len(made)),
    }
    return [pgcopy.rows("organisations_organisation", columns)]


def _address(chance: random.Random, region: str) -> str:
    return f"{_city(region)}, ул. {chance.choice(_STREETS)}, {chance.randint(1, 90)}"


@dataclass(slots=True, kw_only=True)
class _Version:
    """A version on its way into rows; what does not apply to its kind stays as it is."""

    id: int
    item: int
    number: int
    text: Text
    levels: tuple[str, ...]
    main: tuple[int, ...]
    other: tuple[int, ...]
    teachers: tuple[tuple[str, str], ...]
    published_at: dt.datetime | None  # empty: under review
    saved_at: dt.datetime
    credits: int = 0
    price_rub: int | None = None
    marks: frozenset[str] = frozenset()
    hours: int | None = None
    form: str = ""
    bases: tuple[str, ...] = ()
    minutes: int | None = None
    event_kind: str = ""
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    zone: str = ""
    region: str | None = None
    place: str = ""
    link: str = ""
    sponsor_minutes: int = 0
    presence: str = ""
    presence_percent: int | None = None
    seats: int | None = None


@dataclass(slots=True, kw_only=True)
class _Run:
    item: int
    version: int
    begins_on: dt.date
    ends_on: dt.date
    apply_until_on: dt.date
    seats: int | None
    taken: int
    region: str | None
    place: str
    bases: tuple[str, ...]
    price_rub: int | None
    state: str
    reason: str
    created_at: dt.datetime


def item_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Items of a kind with their versions, specialties, teachers and runs."""
    chance = plan.chance(part.kind, part.first)
    organisations = _organisations(plan, facts.zones)
    weights = names.falling(len(organisations), 0.6)
    before = {"programme": 0, "event": plan.programmes, "module": plan.programmes + plan.events}[part.kind]
    owners: list[int] = []
    versions: list[_Version] = []
    newer: list[_Version] = []
    runs: list[_Run] = []
    for number in range(before + part.first, before + part.first + part.count):
        waits = number * plan.waiting // plan.items
        is_waiting = waits != (number + 1) * plan.waiting // plan.items
        owner = bisect(weights, chance.random())
        version = _version(plan, facts, chance, part.kind, number, organisations[owner], ahead=is_waiting)
        while versions and versions[-1].text.title == version.text.title:  # no two neighbours alike
            version = _version(plan, facts, chance, part.kind, number, organisations[owner], ahead=is_waiting)
        owners.append(owner)
        versions.append(version)
        if part.kind == "programme":
            runs.extend(_runs(plan, facts, chance, version, organisations[owner]))
        if is_waiting:
            newer.append(_newer(plan, chance, version, facts.first_ids["catalogue_version"] + plan.items + waits))
    whole = [*versions, *newer]
    return [
        _items(plan, facts, chance, part.kind, owners, versions),
        _versions(part.kind, whole),
        _specialties(whole),
        _teachers(whole),
        *([_run_rows(runs)] if runs else []),
    ]


def _version(
    plan: Plan, facts: Facts, chance: random.Random, kind: str, number: int, owner: _Organisation, *, ahead: bool
) -> _Version:
    level = "secondary" if happens(chance, 0.9 if owner.kind == "college" else 0.25) else "higher"
    ids = ids_of(facts.specialties, level)
    name = chance.choices(list(ids), cum_weights=weights_of(facts.specialties, level))[0]
    text = write(chance, kind=kind, specialty=name, level=level)
    main, other = _specialties_beside(chance, ids, name)
    published_at = plan.noon - chance.randint(5, 900) * _DAY - chance.randint(0, 600) * _MINUTE
    version = _Version(
        id=facts.first_ids["catalogue_version"] + number,
        item=facts.first_ids["catalogue_item"] + number,
        number=1,
        text=text,
        levels=(level,),
        main=main,
        other=other,
        teachers=tuple(_teacher(chance) for _one in range(chance.choice((1, 1, 2, 3)))),
        published_at=published_at,
        saved_at=published_at - chance.randint(3, 20) * _DAY,
    )
    _ADDITIONS[kind](plan, chance, version, owner, ahead=ahead)
    return version


def _specialties_beside(
    chance: random.Random, ids: dict[str, int], name: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The main specialties, the named one first, and the additional ones; none stands twice."""
    peers = [peer for peer in peers_of(name) if peer in ids]
    main = [name, *chance.sample(peers, min(len(peers), chance.choice((0, 0, 0, 1, 1, 2))))]
    rest = [popular for popular in POPULAR if popular in ids and popular not in main]
    other = chance.sample(rest, min(len(rest), chance.choice((0, 0, 1, 2, 3, 5))))
    return tuple(ids[one] for one in main), tuple(ids[one] for one in other)


def _teacher(chance: random.Random) -> tuple[str, str]:
    his, hers = pick(chance, names.surnames())
    son, daughter = pick(chance, names.patronymics())
    if happens(chance, names.SHARE_OF_WOMEN):
        return f"{hers} {pick(chance, names.women())} {daughter}", chance.choice(_POSTS)
    return f"{his} {pick(chance, names.men())} {son}", chance.choice(_POSTS)


def _programme(plan: Plan, chance: random.Random, version: _Version, owner: _Organisation, *, ahead: bool) -> None:
    version.hours = version.credits = chance.choice(_HOURS)
    version.form = chance.choices(_FORMS, (55, 27, 18))[0]
    version.bases = pick(chance, _BASES)
    free = version.bases == ("budget",)
    version.price_rub = 0 if free else 100 * round(version.hours * chance.uniform(0.9, 3.8))
    marks = {"distance"} if version.form != "full_time" and happens(chance, 0.93) else set()
    shares = {"e_learning": 0.4, "internship": 0.18, "simulation": 0.16, "network": 0.05, "basic_model": 0.01}
    version.marks = frozenset(marks | {name for name, share in shares.items() if chance.random() < share})


def _module(plan: Plan, chance: random.Random, version: _Version, owner: _Organisation, *, ahead: bool) -> None:
    version.minutes = 15 * chance.randint(3, 24)
    version.credits = max(1, min(chance.randint(1, 4), version.minutes // 45))
    version.price_rub = 0


def _event(plan: Plan, chance: random.Random, version: _Version, owner: _Organisation, *, ahead: bool) -> None:
    kind = version.event_kind = chance.choice(_EVENTS)
    days = chance.choice((1, 2, 2, 3)) if kind in _LONG else 1
    daily = 15 * chance.randint(16, 28) if kind in _LONG else 15 * chance.randint(3, 20)
    version.minutes = daily * days
    version.credits = most_credits_of_event(version.minutes, days)
    version.sponsor_minutes = 15 * chance.randint(0, 4) if kind in _LONG else 0
    version.zone = owner.zone
    first = _working(plan.today + chance.randint(3 if ahead else -200, 240) * _DAY)
    begins = dt.datetime.combine(first, dt.time(chance.randint(9, 13)), zoneinfo.ZoneInfo(owner.zone))
    version.begins_at = begins
    last = begins + (days - 1) * _DAY
    version.ends_at = last + (daily + version.sponsor_minutes + (60 if daily > _LONG_DAY_MINUTES else 0)) * _MINUTE
    latest = min(plan.noon - _DAY, begins - 7 * _DAY)
    version.published_at = latest - chance.randint(1, 90) * _DAY
    version.saved_at = version.published_at - chance.randint(3, 20) * _DAY
    if kind == "webinar" or happens(chance, 0.25):
        version.link = f"https://live.nmfo.example/{chance.randint(10**8, 10**9)}"
    if kind != "webinar":
        version.region, version.place = owner.region, _address(chance, owner.region)
    version.presence = "windows" if kind == "webinar" else chance.choice(("list", "badge"))
    version.presence_percent = chance.choice((75, 80, 85, 90))
    seats = chance.choice((None, 30, 60, 100, 300, 500, 1000))
    version.seats = seats if version.ends_at > plan.noon else None  # whose people come of the ledger takes all of them
    version.price_rub = 0 if happens(chance, 0.75) else 500 * chance.randint(1, 16)


def _working(day: dt.date) -> dt.date:
    """The day, or the Monday after it."""
    return day + (8 - day.isoweekday()) * _DAY if day.isoweekday() >= _SATURDAY else day


_ADDITIONS = {"programme": _programme, "event": _event, "module": _module}


def _newer(plan: Plan, chance: random.Random, version: _Version, key: int) -> _Version:
    """A changed version that waits for the operator: another price, one more sentence."""
    saved_at = plan.noon - chance.randint(0, 20) * _DAY - chance.randint(1, 600) * _MINUTE
    text = replace(version.text, annotation=version.text.annotation + "\n\nСодержание обновлено.")
    price = (version.price_rub or 0) + 100 * chance.randint(1, 20)
    return replace(
        version,
        id=key,
        number=2,
        text=text,
        price_rub=price,
        published_at=None,
        saved_at=max(saved_at, version.saved_at),
    )


def _runs(plan: Plan, facts: Facts, chance: random.Random, version: _Version, owner: _Organisation) -> Iterator[_Run]:
    for _number in range(chance.choices(range(5), (12, 28, 30, 20, 10))[0]):
        begins_on = _working(plan.today + chance.randint(-120, 300) * _DAY)
        seats = (
            None
            if version.form == "correspondence" and happens(chance, 0.5)
            else chance.choice((10, 16, 20, 25, 30, 60))
        )
        room = seats or 200
        share = 1.0 if happens(chance, 0.12) else chance.random() * (0.95 if begins_on < plan.today else 0.8)
        region = owner.region if happens(chance, 0.8) else chance.choice(facts.zones)[0]
        away = version.form == "correspondence" and "distance" in version.marks
        state = chance.choices(("open", "closed", "cancelled"), (93, 4, 3))[0]
        yield _Run(
            item=version.item,
            version=version.id,
            begins_on=begins_on,
            ends_on=begins_on + max(1, (version.hours or 0) // 6) * _DAY,
            apply_until_on=begins_on - chance.randint(0, 14) * _DAY,
            seats=seats,
            taken=int(room * share),
            region=None if away else region,
            place="" if away else _address(chance, region),
            bases=version.bases,
            price_rub=version.price_rub,
            state=state,
            reason=chance.choice(_CANCELLED) if state == "cancelled" else "",
            created_at=version.saved_at,
        )


def _items(
    plan: Plan, facts: Facts, chance: random.Random, kind: str, owners: Sequence[int], versions: Sequence[_Version]
) -> Rows:
    count = len(versions)
    first = facts.first_ids["organisations_organisation"]
    columns = {
        "id": pgcopy.int8(row.item for row in versions),
        "organisation_id": pgcopy.int8(first + owner for owner in owners),
        "kind": pgcopy.text([kind] * count),
        "state": pgcopy.text(["published"] * count),
        "source_key": pgcopy.text([""] * count),
        "accredited": pgcopy.boolean(happens(chance, 0.6) for _row in versions),
        "withdrawn_reason": pgcopy.text([""] * count),
        "created_at": pgcopy.moment(row.saved_at for row in versions),
        "is_demo": pgcopy.boolean([True] * count),
    }
    return pgcopy.rows("catalogue_item", columns)


def _versions(kind: str, versions: Sequence[_Version]) -> Rows:
    count = len(versions)
    published = [row.published_at for row in versions]
    submitted = [row.saved_at + _DAY if row.published_at else row.saved_at for row in versions]
    marks = ("distance", "e_learning", "internship", "simulation", "network", "basic_model")
    columns = {
        "id": pgcopy.int8(row.id for row in versions),
        "item_id": pgcopy.int8(row.item for row in versions),
        "number": pgcopy.int4(row.number for row in versions),
        "state": pgcopy.text("published" if at else "submitted" for at in published),
        "revision": pgcopy.int4([1] * count),
        "title": pgcopy.text(row.text.title for row in versions),
        "annotation": pgcopy.text(row.text.annotation for row in versions),
        "aims": pgcopy.text(row.text.aims for row in versions),
        "new_competence": pgcopy.text(row.text.competence for row in versions),
        "levels": pgcopy.texts(row.levels for row in versions),
        "credits": pgcopy.int2(row.credits for row in versions),
        "price_rub": pgcopy.int4(row.price_rub for row in versions),
        **{mark: pgcopy.boolean(mark in row.marks for row in versions) for mark in marks},
        "hours": pgcopy.int2(row.hours for row in versions),
        "form": pgcopy.text(row.form for row in versions),
        "bases": pgcopy.texts(row.bases for row in versions),
        "minutes": pgcopy.int4(row.minutes for row in versions),
        "event_kind": pgcopy.text(row.event_kind for row in versions),
        "begins_at": pgcopy.moment(row.begins_at for row in versions),
        "ends_at": pgcopy.moment(row.ends_at for row in versions),
        "zone": pgcopy.text(row.zone for row in versions),
        "on_site": pgcopy.boolean(row.region is not None for row in versions),
        "online": pgcopy.boolean(row.link != "" for row in versions),
        "region_id": pgcopy.text(row.region for row in versions),
        "place": pgcopy.text(row.place for row in versions),
        "link": pgcopy.text(row.link for row in versions),
        "sponsor_minutes": pgcopy.int4(row.sponsor_minutes for row in versions),
        "presence": pgcopy.text(row.presence for row in versions),
        "presence_percent": pgcopy.int2(row.presence_percent for row in versions),
        "seats": pgcopy.int4(row.seats for row in versions),
        "created_at": pgcopy.moment(row.saved_at for row in versions),
        "saved_at": pgcopy.moment(row.saved_at for row in versions),
        "submitted_at": pgcopy.moment(submitted),
        "due_on": pgcopy.day(due_on(at.date()) for at in submitted),
        "decided_at": pgcopy.moment(published),
        "decision": pgcopy.text([""] * count),
        "published_at": pgcopy.moment(published),
    }
    return pgcopy.rows("catalogue_version", columns)


def _specialties(versions: Sequence[_Version]) -> Rows:
    flat = [(row.id, key, True) for row in versions for key in row.main]
    flat += [(row.id, key, False) for row in versions for key in row.other]
    columns = {
        "version_id": pgcopy.int8(row[0] for row in flat),
        "specialty_id": pgcopy.int8(row[1] for row in flat),
        "is_main": pgcopy.boolean(row[2] for row in flat),
    }
    return pgcopy.rows("catalogue_versionspecialty", columns)


def _teachers(versions: Sequence[_Version]) -> Rows:
    flat = [(row.id, place, *teacher) for row in versions for place, teacher in enumerate(row.teachers, 1)]
    columns = {
        "version_id": pgcopy.int8(row[0] for row in flat),
        "position": pgcopy.int2(row[1] for row in flat),
        "name": pgcopy.text(row[2] for row in flat),
        "post": pgcopy.text(row[3] for row in flat),
    }
    return pgcopy.rows("catalogue_versionteacher", columns)


def _run_rows(runs: Sequence[_Run]) -> Rows:
    columns = {
        "item_id": pgcopy.int8(row.item for row in runs),
        "version_id": pgcopy.int8(row.version for row in runs),
        "begins_on": pgcopy.day(row.begins_on for row in runs),
        "ends_on": pgcopy.day(row.ends_on for row in runs),
        "apply_until_on": pgcopy.day(row.apply_until_on for row in runs),
        "seats": pgcopy.int4(row.seats for row in runs),
        "taken": pgcopy.int4(row.taken for row in runs),
        "region_id": pgcopy.text(row.region for row in runs),
        "place": pgcopy.text(row.place for row in runs),
        "bases": pgcopy.texts(row.bases for row in runs),
        "price_rub": pgcopy.int4(row.price_rub for row in runs),
        "state": pgcopy.text(row.state for row in runs),
        "reason": pgcopy.text(row.reason for row in runs),
        "source_key": pgcopy.text([""] * len(runs)),
        "created_at": pgcopy.moment(row.created_at for row in runs),
    }
    return pgcopy.rows("catalogue_run", columns)
