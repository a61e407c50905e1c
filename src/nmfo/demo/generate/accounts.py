"""Rows of invented people: accounts, specialists with an accreditation and a cycle, staff of organisations."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foundation.db import pgcopy
from foundation.db.pgcopy import Column, Rows
from foundation.identifiers import snils
from foundation.vault.cipher import blind_all, seal_all
from nmfo.cycles.rules.days import last_day
from nmfo.demo.generate import names
from nmfo.demo.generate.plan import SNILS_FROM, Facts, Part, Plan
from nmfo.demo.generate.specialties import ids_of, weights_of

_DAY = dt.timedelta(days=1)
_STEPS = ["agreement", "role", "check", "documents", "cycle"]
_CROWDED = {"77": 12, "78": 6, "50": 7, "23": 5, "66": 4, "61": 4, "16": 4, "02": 4, "74": 3, "52": 3, "63": 3, "54": 3}
_ROLES = (("owner", "Ответственный"), ("methodist", "Методист"), ("registrar", "Специалист по работе со слушателями"))
_OLDEST, _YOUNGEST = dt.date(1956, 1, 1).toordinal(), dt.date(2004, 12, 31).toordinal()
_DISABLED, _VERIFIED, _HIGHER, _ONE_LEVEL = 0.003, 0.6, 0.42, 0.97  # shares of people
_OUTSIDE = 20  # so many of whom one stays outside cycles
Chance = np.random.Generator


def account_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Accounts and what their owners agreed to. The last ones of all are staff of organisations."""
    chance = np.random.default_rng([plan.seed, 1, part.first])
    numbers = range(part.first, part.first + part.count)
    first = facts.first_ids["accounts_account"] + part.first
    keys = range(first, first + part.count)
    people = [_somebody(*row) for row in _chances(chance, part.count)]
    digits = [_snils(number) for number in numbers]
    emails = [f"{person[4]}.{number}@people.nmfo.example" for person, number in zip(people, numbers, strict=True)]
    phones = [f"+7000{number:07d}" for number in numbers]
    births = [dt.date.fromordinal(day).isoformat() for day in chance.integers(_OLDEST, _YOUNGEST, part.count).tolist()]
    created = [_created(plan, number) for number in numbers]
    staff_from = plan.accounts - plan.staff
    columns = {
        "id": pgcopy.int8(keys),
        "password": pgcopy.same(pgcopy.text([facts.password]), part.count),
        "snils": _sealed("accounts_account.snils", keys, digits),
        "snils_index": pgcopy.binary(blind_all(digits, purpose="snils")),
        "email": _sealed("accounts_account.email", keys, emails),
        "email_index": pgcopy.binary(blind_all(emails, purpose="email")),
        "phone": _sealed("accounts_account.phone", keys, phones),
        "phone_index": pgcopy.binary(blind_all(phones, purpose="phone")),
        "surname": pgcopy.text(person[0] for person in people),
        "first_name": pgcopy.text(person[1] for person in people),
        "patronymic": pgcopy.text(person[2] for person in people),
        "sex": pgcopy.text(person[3] for person in people),
        "birth_date": _sealed("accounts_account.birth_date", keys, births),
        "citizenship_id": pgcopy.same(pgcopy.text(["RUS"]), part.count),
        "region_id": pgcopy.text(_regions(chance, facts, part.count)),
        "language": pgcopy.same(pgcopy.text(["ru"]), part.count),
        "state": pgcopy.text(
            "disabled" if share < _DISABLED else "active" for share in chance.random(part.count).tolist()
        ),
        "verified_by": pgcopy.text(
            "state_account" if one else "" for one in (chance.random(part.count) < _VERIFIED).tolist()
        ),
        "roles": pgcopy.texts(("organisation",) if number >= staff_from else () for number in numbers),
        "password_changed_at": pgcopy.moment(created),
        "created_at": pgcopy.moment(created),
        "is_demo": pgcopy.same(pgcopy.boolean([True]), part.count),
    }
    return [pgcopy.rows("accounts_account", columns), _consents(facts, keys, created)]


def _chances(chance: Chance, count: int) -> zip[tuple[bool, int, int, int]]:
    """For each person: whether a woman, and which surname, name and father."""
    women = (chance.random(count) < names.SHARE_OF_WOMEN).tolist()
    rows = (len(names.surnames()), min(len(names.women()), len(names.men())), len(names.men()))
    return zip(women, *(_indexes(chance, names.falling(row), count) for row in rows), strict=True)


def _indexes(chance: Chance, weights: Sequence[float], count: int) -> list[int]:
    drawn: list[int] = np.searchsorted(weights, chance.random(count), side="right").tolist()
    return drawn


def _somebody(is_woman: bool, surname: int, name: int, father: int) -> tuple[str, str, str, str, str]:  # noqa: FBT001
    """Surname, first name, patronymic, sex, and the beginning of an address of mail."""
    his, hers = names.surnames()[surname]
    son, daughter = names.patronymics()[father]
    if is_woman:
        first_name = names.women()[name]
        return hers, first_name, daughter, "F", names.in_latin(f"{first_name[0]}.{hers}")
    first_name = names.men()[name]
    return his, first_name, son, "M", names.in_latin(f"{first_name[0]}.{his}")


def _snils(number: int) -> str:
    nine = str(SNILS_FROM + number)
    return f"{nine}{snils.control_number(nine):02d}"


def _created(plan: Plan, number: int) -> dt.datetime:
    """When the account of a number was made: spread over some years."""
    return plan.noon - (20 + number * 7919 % 2000) * _DAY


def _regions(chance: Chance, facts: Facts, count: int) -> list[str]:
    codes = [code for code, _zone in facts.zones]
    whole = np.cumsum([_CROWDED.get(code, 1) for code in codes])
    return [codes[index] for index in _indexes(chance, (whole / whole[-1]).tolist(), count)]


def _sealed(column: str, keys: Sequence[int], values: Sequence[str]) -> Column:
    return pgcopy.binary(seal_all([value.encode() for value in values], aads=(f"{column}:{key}" for key in keys)))


def _consents(facts: Facts, keys: Sequence[int], created: Sequence[dt.datetime]) -> Rows:
    versions = facts.agreements
    columns = {
        "account_id": pgcopy.int8(key for key in keys for _version in versions),
        "version_id": pgcopy.int8(version for _key in keys for version in versions),
        "given_at": pgcopy.moment(at for at in created for _version in versions),
    }
    return pgcopy.rows("accounts_consent", columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What specialists work as, one after the other: levels, the specialty of the accreditation and its day."""

    levels: tuple[tuple[str, ...], ...]
    specialties: tuple[int, ...]
    issued: tuple[dt.date, ...]
    numbers: tuple[str, ...]


def practice(plan: Plan, facts: Facts, part: Part) -> Practice:
    """The same each time: the documents of specialists, their cycles and their credits go by it."""
    chance, count = np.random.default_rng([plan.seed, 2, part.first]), part.count
    shares = chance.random(count).tolist()
    levels = tuple(
        ("higher",) if share < _HIGHER else ("higher", "secondary") if share > _ONE_LEVEL else ("secondary",)
        for share in shares
    )
    return Practice(
        levels=levels,
        issued=tuple(plan.today - days * _DAY for days in chance.integers(10, 1800, count).tolist()),
        numbers=tuple(f"7726 {number:012d}" for number in chance.integers(0, 10**12, count).tolist()),
        specialties=tuple(_specialties(facts, chance, [row[0] for row in levels])),
    )


def specialist_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Specialists of the first accounts, each with a track and an accreditation."""
    works = practice(plan, facts, part)
    first = facts.first_ids["specialists_specialist"] + part.first
    keys = range(first, first + part.count)
    accounts = facts.first_ids["accounts_account"] + part.first
    created = [_created(plan, number) + _DAY for number in range(part.first, part.first + part.count)]
    specialists = {
        "id": pgcopy.int8(keys),
        "account_id": pgcopy.int8(range(accounts, accounts + part.count)),
        "about": pgcopy.same(pgcopy.text([""]), part.count),
        "steps_done": pgcopy.same(pgcopy.document([_STEPS]), part.count),
        "created_at": pgcopy.moment(created),
    }
    tracks = {
        "specialist_id": pgcopy.int8(key for key, row in zip(keys, works.levels, strict=True) for _level in row),
        "level": pgcopy.text(level for row in works.levels for level in row),
        "created_at": pgcopy.moment(at for at, row in zip(created, works.levels, strict=True) for _level in row),
    }
    return [
        pgcopy.rows("specialists_specialist", specialists),
        pgcopy.rows("specialists_track", tracks),
        _documents(plan, facts, part, works),
    ]


def _documents(plan: Plan, facts: Facts, part: Part, works: Practice) -> Rows:
    count = part.count
    first = facts.first_ids["specialists_document"] + part.first
    keys = range(first, first + count)
    specialists = facts.first_ids["specialists_specialist"] + part.first
    columns = {
        "id": pgcopy.int8(keys),
        "specialist_id": pgcopy.int8(range(specialists, specialists + count)),
        "kind": pgcopy.same(pgcopy.text(["accreditation"]), count),
        "trust": pgcopy.same(pgcopy.text(["register"]), count),
        "specialty_id": pgcopy.int8(works.specialties),
        "title": pgcopy.same(pgcopy.text(["Периодическая аккредитация"]), count),
        "issuer": pgcopy.same(pgcopy.text(["Федеральный аккредитационный центр (пример)"]), count),
        "series": _sealed("specialists_document.series", keys, [""] * count),
        "number": _sealed("specialists_document.number", keys, works.numbers),
        "awaiting_number": pgcopy.same(pgcopy.boolean([False]), count),
        "issued_on": pgcopy.day(works.issued),
        "valid_until_on": pgcopy.day(last_day(day) for day in works.issued),
        "register_key": pgcopy.same(pgcopy.text([""]), count),
        "created_at": pgcopy.same(pgcopy.moment([plan.noon]), count),
    }
    return pgcopy.rows("specialists_document", columns)


def cycle_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """The five-year cycle that each accreditation founds; one specialist in twenty stays outside."""
    works = practice(plan, facts, part)
    first = facts.first_ids["specialists_specialist"] + part.first
    documents = facts.first_ids["specialists_document"] + part.first
    five_years = [number % _OUTSIDE != 0 for number in range(part.first, part.first + part.count)]
    joined = [max(_created(plan, number) + _DAY, _noon(works.issued[number - part.first] + _DAY))
              for number in range(part.first, part.first + part.count)]  # fmt: skip
    columns = {
        "specialist_id": pgcopy.int8(range(first, first + part.count)),
        "kind": pgcopy.text("five_years" if one else "outside" for one in five_years),
        "specialty_id": pgcopy.int8(
            key if one else None for one, key in zip(five_years, works.specialties, strict=True)
        ),
        "document_id": pgcopy.int8(documents + place if one else None for place, one in enumerate(five_years)),
        "begins_on": pgcopy.day(works.issued),
        "ends_on": pgcopy.day(
            last_day(day) if one else None for one, day in zip(five_years, works.issued, strict=True)
        ),
        "joined_at": pgcopy.moment(joined),
    }
    return [pgcopy.rows("cycles_cycle", columns)]


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def _specialties(facts: Facts, chance: Chance, levels: Sequence[str]) -> list[int]:
    rows = {
        level: (list(ids_of(facts.specialties, level).values()), np.array(weights_of(facts.specialties, level)))
        for level in ("higher", "secondary")
    }
    shares = chance.random(len(levels)).tolist()
    drawn = {level: np.searchsorted(weights, shares, side="right").tolist() for level, (_ids, weights) in rows.items()}
    return [rows[level][0][drawn[level][at]] for at, level in enumerate(levels)]


def member_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """The staff of organisations: a responsible person, a methodist, a registrar, all with the demo's second step."""
    count = plan.staff
    first_account = facts.first_ids["accounts_account"] + plan.accounts - count
    accounts = range(first_account, first_account + count)
    first_organisation = facts.first_ids["organisations_organisation"]
    first_factor = facts.first_ids["signin_factor"]
    factors = range(first_factor, first_factor + count)
    data = json.dumps({"secret": facts.second_step, "step": 0}, ensure_ascii=False, separators=(",", ":"))
    joined = pgcopy.same(pgcopy.moment([plan.noon - 15 * _DAY]), count)
    members = {
        "organisation_id": pgcopy.int8(first_organisation + number // len(_ROLES) for number in range(count)),
        "account_id": pgcopy.int8(accounts),
        "roles": pgcopy.texts((_ROLES[number % len(_ROLES)][0],) for number in range(count)),
        "post": pgcopy.text(_ROLES[number % len(_ROLES)][1] for number in range(count)),
        "joined_at": joined,
    }
    second_steps = {
        "id": pgcopy.int8(factors),
        "account_id": pgcopy.int8(accounts),
        "kind": pgcopy.same(pgcopy.text(["totp"]), count),
        "name": pgcopy.same(pgcopy.text([""]), count),
        "data": _sealed("signin_factor.data", factors, [data] * count),
        "credential": pgcopy.same(pgcopy.text([""]), count),
        "created_at": joined,
    }
    return [pgcopy.rows("organisations_member", members), pgcopy.rows("signin_factor", second_steps)]
