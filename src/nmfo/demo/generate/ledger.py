"""Rows of the ledger of invented people: entries with their used origins, codes, corrections, awaited credits.

Everybody has some forty slots, most of them filled: each is a source and a number within it. A part of the work is one
slot of many people, so the entries of a person lie as far apart in the table as they do in life. Whatever is drawn
follows from the seed, the person's number and what is drawn, so that no part has to know another.
"""

from __future__ import annotations

import datetime as dt
import functools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from foundation.db import pgcopy
from foundation.db.pgcopy import NULL, Numbers, Packed, Rows
from nmfo.credits.deriving import code_text, digest_of
from nmfo.demo.generate.accounts import practice
from nmfo.demo.generate.plan import SLICE_OF_PEOPLE, STAFF_OF_AN_ORGANISATION, Facts, Learning, Part, Plan

OUTSIDE_SEALS = -1  # number of the transaction: `clear` takes the entries away and leaves the chain of seals whole
CODES_OF_FIVE = 3  # of five people so many have redeemed a code
CODES_IN_A_BATCH = 100  # one person issues so many alone
_PLACES = 10  # digits of an origin
_EVENTS_BY_PRESENCE = 12  # at most; the next one is refused
_LISTS = {"completion": "programme", "presence": "event", "module": "module"}
_WAIT_DAYS = 30  # so long an organisation has to enter a result
_SECONDS = 36_000  # of a working day
_TITLES = (
    "Неотложная помощь на догоспитальном этапе", "Актуальные вопросы терапии", "Первичная медико-санитарная помощь",
    "Инфекционная безопасность", "Паллиативная помощь", "Клинические рекомендации в практике врача",
    "Профилактика инфекций, связанных с оказанием помощи", "Экспертиза временной нетрудоспособности",
)  # fmt: skip
_REVERSED = "В ведомости однофамилец: результат внесён по ошибке"
_BY_HAND = "Сертификат проверен по бумажной копии, занятие проведено до подключения к порталу"
_BY_HAND_TITLE = "Разбор клинических случаев в медицинской организации"
_REFUSED = "Отмечено 40 минут из 90, нужно 68. С протоколом участия можно не согласиться."


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in everybody's ledger: the number within a source; who has fewer of the source leaves it empty."""

    source: str
    part: str
    number: int
    least: int
    most: int


def _slots() -> Iterator[Slot]:
    for source, part, least, most in (
        ("legacy", "event", 4, 12),
        ("completion", "programme", 2, 6),
        ("presence", "event", 4, _EVENTS_BY_PRESENCE),
        ("module", "module", 4, 14),
        ("code", "event", 1, 1),
        ("reversal", "module", 1, 1),
        ("manual", "other", 1, 1),
    ):
        for number in range(most):
            yield Slot(source=source, part=part, number=number, least=least, most=most)


SLOTS = tuple(_slots())
_FIRST_MODULE = next(place for place, slot in enumerate(SLOTS) if slot.source == "module")  # it is what is taken back


def codes_used(plan: Plan) -> int:
    """How many codes are redeemed."""
    fives, rest = divmod(plan.specialists, 5)
    return fives * CODES_OF_FIVE + min(rest, CODES_OF_FIVE)


def batches_used(plan: Plan) -> int:
    """In how many batches they were issued."""
    return -(-codes_used(plan) // CODES_IN_A_BATCH)


# --- drawing


def _drawn(plan: Plan, what: str, numbers: Numbers, whole: Numbers | int) -> Numbers:
    """For each number a chance number from 0 to below `whole`, the same each time (splitmix64)."""
    salt = np.uint64(zlib.crc32(f"{plan.seed}/{what}".encode()))
    mixed = (numbers.astype(np.uint64) << np.uint64(32)) + salt + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed % np.asarray(whole, dtype=np.uint64)).astype(np.int64)


@functools.cache
def _specialties(plan: Plan, listed: tuple[tuple[int, str, str], ...], first: int, count: int) -> Numbers:
    facts = Facts(specialties=listed, zones=(), agreements=(), password="", second_step="", first_ids={})
    return np.array(practice(plan, facts, Part(kind="specialist", first=first, count=count)).specialties)


def _specialties_of(plan: Plan, facts: Facts, people: Numbers) -> Numbers:
    """The specialty of each of the people, who follow each other from the beginning of a slice on."""
    first, end = int(people[0]), int(people[-1]) + 1
    return np.concatenate(
        [
            _specialties(plan, facts.specialties, begin, min(SLICE_OF_PEOPLE, plan.specialists - begin))
            for begin in range(first, end, SLICE_OF_PEOPLE)
        ]
    )[: end - first]


def _places(plan: Plan, facts: Facts, source: str, number: int, people: Numbers) -> Numbers:
    """What the people learned by a source as their so many-th, by place in the list of its part; -1: nothing is left.

    Each begins somewhere in the list of their specialty and goes on from there, so that nothing comes twice.
    """
    learning = facts.learning[_LISTS[source]]
    found = np.full(len(people), -1)
    specialties = _specialties_of(plan, facts, people)
    starts = _drawn(plan, f"{source} from", people, 1 << 40)
    for specialty in np.unique(specialties).tolist():
        known = learning.of_specialty[specialty]
        if number < len(known):
            of_it = specialties == specialty
            found[of_it] = known[(starts[of_it] % len(known) + number) % len(known)]
    return found


def _earned(plan: Plan, slot: Slot, people: Numbers, learning: Learning | None, places: Numbers) -> Numbers:
    """The days on which it was earned: that of the event, otherwise within the years that the portal is there."""
    today = plan.today.toordinal()
    if slot.source == "legacy":
        return today - 900 - _drawn(plan, f"legacy day {slot.number}", people, 1300)
    days = today - 10 - _drawn(plan, f"{slot.source} day {slot.number}", people, 870)
    if learning is None or slot.part != "event":
        return days
    return learning.days[places]


# --- entries


def ledger_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """One slot of some people: `kind` is its place among the slots."""
    place = int(part.kind)
    slot = SLOTS[place]
    people = np.arange(part.first, part.first + part.count)
    if slot.source == "legacy":
        return _legacy(plan, facts, slot, place, people)
    if slot.source == "code":
        return _by_code(plan, facts, slot, place, people)
    if slot.source in {"reversal", "manual"}:
        return _corrections(plan, facts, slot, place, people)
    places = _places(plan, facts, slot.source, slot.number, people)
    there = _has(plan, slot, people) & (places >= 0)
    learning = facts.learning[slot.part]
    people, places = people[there], places[there]
    earned = _earned(plan, slot, people, learning, places)
    return _entries(
        plan, facts, slot, place, people, earned=earned, origins=_origins(plan, place, people),
        columns=_learned(learning, places),
    )  # fmt: skip


def _has(plan: Plan, slot: Slot, people: Numbers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    many = slot.least + _drawn(plan, f"{slot.source} many", people, slot.most - slot.least + 1)
    return slot.number < many


def _learned(learning: Learning, places: Numbers) -> dict[str, Packed]:
    return {
        "credits": pgcopy.smallints(learning.credits[places]),
        "item_id": pgcopy.bigints(learning.items[places]),
        "version_id": pgcopy.bigints(learning.versions[places]),
        "organisation_id": pgcopy.bigints(learning.organisations[places]),
        "title": _text(""),
    }


def _text(value: str) -> bytes:
    (field,) = pgcopy.text([value])
    return field


def _small(value: int) -> bytes:
    (field,) = pgcopy.int2([value])
    return field


def _large(value: int) -> bytes:
    (field,) = pgcopy.int8([value])
    return field


def _day(value: dt.date) -> bytes:
    (field,) = pgcopy.day([value])
    return field


def _ids(plan: Plan, facts: Facts, place: int, people: Numbers) -> Numbers:
    """The id of each one's entry of a slot: who leaves it empty leaves a gap."""
    return facts.first_ids["credits_ledgerentry"] + place * plan.specialists + people


def _origins(plan: Plan, place: int, people: Numbers) -> Packed:
    return pgcopy.numbered("made:", place * plan.specialists + people, _PLACES)


def _persons(facts: Facts, people: Numbers) -> Numbers:
    return facts.first_ids["specialists_specialist"] + people


def _entries(
    plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers, *, earned: Numbers, origins: Packed,
    columns: dict[str, Packed], posted: Numbers | None = None,
) -> list[Rows]:  # fmt: skip
    """Entries and what their trigger would have written beside them."""
    if not len(people):
        return []
    ids, persons = pgcopy.bigints(_ids(plan, facts, place, people)), pgcopy.bigints(_persons(facts, people))
    if posted is None:
        posted = posted_on(plan, slot.source, people, earned)
    entries: dict[str, Packed] = {
        "id": ids,
        "specialist_id": persons,
        "part": _text(slot.part),
        "source": _text(slot.source),
        "origin": origins,
        "specialty_id": NULL,
        "earned_on": pgcopy.days(earned),
        "posted_at": pgcopy.moments(posted, 25_000 + _drawn(plan, f"time {place}", people, _SECONDS)),
        "posted_by_id": NULL,
        "reverses_id": NULL,
        "reason": _text(""),
        "transaction": _large(OUTSIDE_SEALS),
        **columns,
    }
    used: dict[str, Packed] = {
        "source": _text(slot.source),
        "origin": origins,
        "specialist_id": persons,
        "entry_id": ids,
    }
    return [
        pgcopy.packed("credits_ledgerentry", len(people), entries),
        pgcopy.packed("credits_usedorigin", len(people), used),
    ]


def posted_on(plan: Plan, source: str, people: Numbers, earned: Numbers) -> Numbers:
    """One to six days after it was earned; what the closed portal knew came all at once."""
    if source == "legacy":
        return np.full(len(people), plan.today.toordinal() - 890)
    return earned + 1 + _drawn(plan, f"{source} posted", people, 6)


def _legacy(plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers) -> list[Rows]:
    """What the closed portal knew: a title and a number. Each fourth is a programme."""
    is_programme = slot.number % 4 == 0
    title = _TITLES[(slot.number + int(people[0]) // SLICE_OF_PEOPLE) % len(_TITLES)]
    people = people[_has(plan, slot, people)]
    return _entries(
        plan, facts, slot, place, people,
        earned=_earned(plan, slot, people, None, people),
        origins=_origins(plan, place, people),
        columns={
            "credits": _small(36 if is_programme else 6), "part": _text("programme" if is_programme else "event"),
            "item_id": NULL, "version_id": NULL, "organisation_id": NULL, "title": _text(title),
        },
    )  # fmt: skip


def _by_code(plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers) -> list[Rows]:
    """Codes in their order: an origin is written without zeroes, so the lengths come one after the other."""
    learning, rows = facts.learning["event"], list[Rows]()
    if not len(learning.with_codes):
        return []
    people = people[people % 5 < CODES_OF_FIVE]
    numbers = people // 5 * CODES_OF_FIVE + people % 5
    ids = facts.first_ids["credits_confirmationcode"] + numbers
    for width in range(1, 19):
        these = (ids >= 10 ** (width - 1)) & (ids < 10**width)
        if these.any():
            events = _event_of(plan, learning, numbers[these] // CODES_IN_A_BATCH)
            rows += _entries(
                plan, facts, slot, place, people[these],
                earned=learning.days[events],
                origins=pgcopy.numbered("code:", ids[these], width),
                columns=_learned(learning, events),
            )  # fmt: skip
    return rows


def _event_of(plan: Plan, learning: Learning, batches: Numbers) -> Numbers:
    return learning.with_codes[_drawn(plan, "batch", batches, len(learning.with_codes))]


def _staff(plan: Plan, facts: Facts, organisations: Numbers, role: int) -> Numbers:
    """The account of an organisation's person: 0 who is responsible, 2 the registrar."""
    first = facts.first_ids["accounts_account"] + plan.accounts - plan.staff
    return first + (organisations - facts.first_ids["organisations_organisation"]) * STAFF_OF_AN_ORGANISATION + role


def _corrections(plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers) -> list[Rows]:
    """One person in a hundred has an entry taken back, one in two hundred an entry made by hand; each by two people."""
    is_reversal = slot.source == "reversal"
    places = _places(plan, facts, "module", 0, people)
    whom = (_drawn(plan, slot.source, people, 100 if is_reversal else 200) == 0) & (places >= 0)
    people, places = people[whom], places[whom]
    learning, module = facts.learning["module"], SLOTS[_FIRST_MODULE]
    earned = _earned(plan, module, people, learning, places)
    old = earned <= plan.today.toordinal() - 60
    people, places, earned = people[old], places[old], earned[old]
    if not len(people):
        return []
    posted = earned + 20
    organisations = learning.organisations[places]
    decided_by = pgcopy.bigints(_staff(plan, facts, organisations, 0))
    taken_back = pgcopy.bigints(_ids(plan, facts, _FIRST_MODULE, people))
    reason = _text(_REVERSED if is_reversal else _BY_HAND)
    if is_reversal:
        columns = _learned(learning, places) | {
            "credits": pgcopy.smallints(-learning.credits[places]), "reverses_id": taken_back,
        }  # fmt: skip
    else:
        columns = {
            "credits": _small(2), "item_id": NULL, "version_id": NULL, "title": _text(_BY_HAND_TITLE),
            "organisation_id": pgcopy.bigints(organisations),
        }  # fmt: skip
    entries = _entries(
        plan, facts, slot, place, people, earned=earned, origins=_origins(plan, place, people), posted=posted,
        columns=columns | {"reason": reason, "posted_by_id": decided_by},
    )  # fmt: skip
    seconds = np.full(len(people), 20_000)
    proposals: dict[str, Packed] = {
        "kind": _text("reversal" if is_reversal else "credit"),
        "specialist_id": pgcopy.bigints(_persons(facts, people)),
        "entry_id": taken_back if is_reversal else NULL,
        "claim_id": NULL,
        "organisation_id": pgcopy.bigints(organisations),
        "title": _text("" if is_reversal else _BY_HAND_TITLE),
        "part": _text("" if is_reversal else slot.part),
        "worth": NULL if is_reversal else _small(2),
        "earned_on": NULL if is_reversal else pgcopy.days(earned),
        "specialty_id": NULL,
        "reason": reason,
        "state": _text("approved"),
        "proposed_at": pgcopy.moments(posted - 2, seconds),
        "proposed_by_id": pgcopy.bigints(_staff(plan, facts, organisations, 2)),
        "decided_at": pgcopy.moments(posted, seconds),
        "decided_by_id": decided_by,
        "decision": _text(""),
        "result_id": pgcopy.bigints(_ids(plan, facts, place, people)),
    }
    return [*entries, pgcopy.packed("credits_proposal", len(people), proposals)]


# --- codes


def code_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Batches of codes: those that everybody redeemed, then («free») those that wait to be."""
    learning = facts.learning["event"]
    if not len(learning.with_codes):
        return []
    is_free = part.kind == "free"
    batches = range(part.first, part.first + part.count)
    events = _event_of(plan, learning, np.array(batches))
    if is_free:
        newest = learning.with_codes[np.argsort(-learning.days[learning.with_codes], kind="stable")]
        events = newest[np.array(batches) % max(1, len(newest) // 4)]
    before = batches_used(plan) if is_free else 0
    ids = [facts.first_ids["credits_codebatch"] + before + number for number in batches]
    counts = [CODES_IN_A_BATCH if is_free else _used_in(plan, number) for number in batches]
    held = [dt.date.fromordinal(day) for day in learning.days[events].tolist()]
    registrars = _staff(plan, facts, learning.organisations[events], 2).tolist()
    columns = {
        "id": pgcopy.int8(ids),
        "organisation_id": pgcopy.int8(learning.organisations[events].tolist()),
        "item_id": pgcopy.int8(learning.items[events].tolist()),
        "version_id": pgcopy.int8(learning.versions[events].tolist()),
        "count": pgcopy.int4(counts),
        "bound": pgcopy.same(pgcopy.boolean([False]), len(ids)),
        "people": pgcopy.no_numbers(len(ids)),
        "earned_on": pgcopy.day(held),
        "valid_until_on": pgcopy.day((plan.today if is_free else day) + dt.timedelta(days=_WAIT_DAYS) for day in held),
        "state": pgcopy.same(pgcopy.text(["issued"]), len(ids)),
        "over_allowance": pgcopy.same(pgcopy.boolean([False]), len(ids)),
        "note": pgcopy.same(pgcopy.text([""]), len(ids)),
        "form_key": pgcopy.text(f"made-{part.kind}-{number}" for number in batches),
        "created_at": pgcopy.moment(_evening(day) for day in held),
        "created_by_id": pgcopy.int8(registrars),
        "decision": pgcopy.same(pgcopy.text([""]), len(ids)),
    }
    return [pgcopy.rows("credits_codebatch", columns), _codes(plan, facts, part, ids, counts, learning.days[events])]


def _used_in(plan: Plan, batch: int) -> int:
    return min(CODES_IN_A_BATCH, codes_used(plan) - batch * CODES_IN_A_BATCH)


def _evening(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(20), dt.UTC)


def _codes(plan: Plan, facts: Facts, part: Part, ids: list[int], counts: list[int], held: Numbers) -> Rows:
    is_free = part.kind == "free"
    before = codes_used(plan) if is_free else 0
    batches = np.repeat(np.arange(len(ids)), counts)
    numbers = part.first * CODES_IN_A_BATCH + np.arange(len(batches))
    in_batch = numbers % CODES_IN_A_BATCH + 1
    digests = [
        digest_of("code", code_text(ids[batch], number))
        for batch, number in zip(batches.tolist(), in_batch.tolist(), strict=True)
    ]
    columns: dict[str, Packed] = {
        "id": pgcopy.bigints(facts.first_ids["credits_confirmationcode"] + before + numbers),
        "batch_id": pgcopy.bigints(np.array(ids)[batches]),
        "number": in_batch.astype(">i4"),
        "digest": np.array(digests, dtype="S64"),
        "specialist_id": NULL,
        "annulled_reason": _text(""),
    }
    if is_free:
        columns |= {"state": _text("issued"), "activated_at": NULL, "activated_by_id": NULL}
    else:
        people = numbers // CODES_OF_FIVE * 5 + numbers % CODES_OF_FIVE
        place = next(place for place, slot in enumerate(SLOTS) if slot.source == "code")
        used = posted_on(plan, "code", people, held[batches])
        columns |= {
            "state": _text("activated"),
            "activated_at": pgcopy.moments(used, 25_000 + _drawn(plan, f"time {place}", people, _SECONDS)),
            "activated_by_id": pgcopy.bigints(_persons(facts, people)),
        }
    return pgcopy.packed("credits_confirmationcode", len(numbers), columns)


# --- what has not come


def awaited_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Three people in ten wait for a programme's credits, one in ten reads why an event gave none."""
    people = np.arange(part.first, part.first + part.count)
    chances = _drawn(plan, "awaited", people, 10)
    return [*_waiting(plan, facts, people[chances < 3], part), *_refused(plan, facts, people[chances == 3], part)]  # noqa: PLR2004


def _of(plan: Plan, facts: Facts, source: str, number: int, whom: Numbers, part: Part) -> tuple[Numbers, Numbers]:
    """Those of the people who have something of a source left that they have no credits for, and its place."""
    places = _places(plan, facts, source, number, np.arange(part.first, part.first + part.count))[whom - part.first]
    return whom[places >= 0], places[places >= 0]


def _waiting(plan: Plan, facts: Facts, whom: Numbers, part: Part) -> list[Rows]:
    most = next(slot.most for slot in SLOTS if slot.source == "completion")
    people, places = _of(plan, facts, "completion", most, whom, part)
    began = plan.today.toordinal() - 1 - _drawn(plan, "awaited day", people, 25)
    holder: dict[str, Packed] = {"holder": _text("organisation"), "due_on": pgcopy.days(began + _WAIT_DAYS)}
    return _expectations(
        plan, facts, people, learning=facts.learning["programme"], places=places, began=began,
        columns={**holder, "source": _text("completion"), "part": _text("programme"), "state": _text("awaited"),
                 "reason": _text("")},
        steps=[(0, {**holder, "state": _text("awaited"), "reason": _text("")})],
    )  # fmt: skip


def _refused(plan: Plan, facts: Facts, whom: Numbers, part: Part) -> list[Rows]:
    people, places = _of(plan, facts, "presence", _EVENTS_BY_PRESENCE, whom, part)
    learning = facts.learning["event"]
    holder: dict[str, Packed] = {"holder": _text("organisation"), "due_on": NULL}
    refused = {**holder, "state": _text("refused"), "reason": _text(_REFUSED)}
    return _expectations(
        plan, facts, people, learning=learning, places=places, began=learning.days[places],
        columns={**refused, "source": _text("presence"), "part": _text("event")},
        steps=[(0, {**holder, "state": _text("awaited"), "reason": _text("")}), (3, refused)],
    )  # fmt: skip


def _expectations(
    plan: Plan, facts: Facts, people: Numbers, *, learning: Learning, places: Numbers, began: Numbers,
    columns: dict[str, Packed], steps: list[tuple[int, dict[str, Packed]]],
) -> list[Rows]:  # fmt: skip
    """Rows with their way: for each step how many days after the learning it was."""
    if not len(people):
        return []
    ids, persons = pgcopy.bigints(facts.first_ids["credits_expectation"] + people), _persons(facts, people)
    seconds = 25_000 + _drawn(plan, "awaited time", people, _SECONDS)
    last = max(day for day, _step in steps)
    rows: dict[str, Packed] = {
        "id": ids,
        "specialist_id": pgcopy.bigints(persons),
        "origin": pgcopy.numbered("awaited:", people, _PLACES),
        "version_id": pgcopy.bigints(learning.versions[places]),
        "organisation_id": pgcopy.bigints(learning.organisations[places]),
        "title": _text(""),
        "credits": pgcopy.smallints(learning.credits[places]),
        "began_on": pgcopy.days(began),
        "entry_id": NULL,
        "created_at": pgcopy.moments(began, seconds),
        "changed_at": pgcopy.moments(began + last, seconds),
        **columns,
    }
    made = [pgcopy.packed("credits_expectation", len(people), rows)]
    for day, step in steps:
        at: dict[str, Packed] = {
            "expectation_id": ids,
            "specialist_id": pgcopy.bigints(persons),
            "at": pgcopy.moments(began + day, seconds),
        }
        made.append(pgcopy.packed("credits_expectationstep", len(people), at | step))
    return made
