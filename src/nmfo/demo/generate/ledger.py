"""Rows of the ledger of invented people: entries with their used origins, codes, corrections, awaited credits.

A part of the work is one slot of many people, so the entries of a person lie as far apart in the table as they do in
life.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from foundation.db import pgcopy
from foundation.db.pgcopy import NULL, Numbers, Packed, Rows
from nmfo.credits.deriving import code_text, digest_of
from nmfo.demo.generate.plan import SLICE_OF_PEOPLE, Facts, Learning, Part, Plan
from nmfo.demo.generate.slots import (
    EVENTS_BY_PRESENCE,
    REFUSED_AFTER,
    SLOTS,
    Slot,
    awaited_seconds,
    by_width,
    drawn,
    has,
    one_large,
    one_small,
    one_text,
    persons_of,
    places_of,
    posted_on,
    refused,
    registrations,
    seconds_of,
    staff,
    waiting,
)

OUTSIDE_SEALS = -1  # number of the transaction: `clear` takes the entries away and leaves the chain of seals whole
CODES_OF_FIVE = 3  # of five people so many have redeemed a code
CODES_IN_A_BATCH = 100  # one person issues so many alone
_PLACES = 10  # digits of an origin
_WAIT_DAYS = 30  # so long an organisation has to enter a result
_TITLES = (
    "Неотложная помощь на догоспитальном этапе", "Актуальные вопросы терапии", "Первичная медико-санитарная помощь",
    "Инфекционная безопасность", "Паллиативная помощь", "Клинические рекомендации в практике врача",
    "Профилактика инфекций, связанных с оказанием помощи", "Экспертиза временной нетрудоспособности",
)  # fmt: skip
_REVERSED = "В ведомости однофамилец: результат внесён по ошибке"
_BY_HAND = "Сертификат проверен по бумажной копии, занятие проведено до подключения к порталу"
_BY_HAND_TITLE = "Разбор клинических случаев в медицинской организации"
_REFUSED = "Отметок меньше, чем нужно по карточке. С протоколом участия можно не согласиться."


_FIRST_MODULE = next(place for place, slot in enumerate(SLOTS) if slot.source == "module")  # it is what is taken back


def codes_used(plan: Plan) -> int:
    """How many codes are redeemed."""
    fives, rest = divmod(plan.specialists, 5)
    return fives * CODES_OF_FIVE + min(rest, CODES_OF_FIVE)


def batches_used(plan: Plan) -> int:
    """In how many batches they were issued."""
    return -(-codes_used(plan) // CODES_IN_A_BATCH)


def _earned(plan: Plan, slot: Slot, people: Numbers, learning: Learning | None, places: Numbers) -> Numbers:
    """The days on which it was earned: that of the event, otherwise within the years that the portal is there."""
    today = plan.today.toordinal()
    if slot.source == "legacy":
        return today - 900 - drawn(plan, f"legacy day {slot.number}", people, 1300)
    days = today - 10 - drawn(plan, f"{slot.source} day {slot.number}", people, 870)
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
    places = places_of(plan, facts, slot.source, slot.number, people)
    there = has(plan, slot, people) & (places >= 0)
    learning = facts.learning[slot.part]
    people, places = people[there], places[there]
    earned = _earned(plan, slot, people, learning, places)
    if slot.source == "presence":
        ids = registrations(plan, facts, slot.number, people)
        return [
            rows
            for width, these in by_width(ids)
            for rows in _entries(
                plan, facts, slot, place, people[these], earned=earned[these],
                origins=pgcopy.numbered("registration:", ids[these], width), columns=_learned(learning, places[these]),
            )
        ]  # fmt: skip
    return _entries(
        plan, facts, slot, place, people, earned=earned, origins=_origins(plan, place, people),
        columns=_learned(learning, places),
    )  # fmt: skip


def _learned(learning: Learning, places: Numbers) -> dict[str, Packed]:
    return {
        "credits": pgcopy.smallints(learning.credits[places]),
        "item_id": pgcopy.bigints(learning.items[places]),
        "version_id": pgcopy.bigints(learning.versions[places]),
        "organisation_id": pgcopy.bigints(learning.organisations[places]),
        "title": one_text(""),
    }


def _ids(plan: Plan, facts: Facts, place: int, people: Numbers) -> Numbers:
    """The id of each one's entry of a slot: who leaves it empty leaves a gap."""
    return facts.first_ids["credits_ledgerentry"] + place * plan.specialists + people


def _origins(plan: Plan, place: int, people: Numbers) -> Packed:
    return pgcopy.numbered("made:", place * plan.specialists + people, _PLACES)


def _entries(
    plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers, *, earned: Numbers, origins: Packed,
    columns: dict[str, Packed], posted: Numbers | None = None,
) -> list[Rows]:  # fmt: skip
    """Entries and what their trigger would have written beside them."""
    if not len(people):
        return []
    ids, persons = pgcopy.bigints(_ids(plan, facts, place, people)), pgcopy.bigints(persons_of(facts, people))
    if posted is None:
        posted = posted_on(plan, slot.source, people, earned)
    entries: dict[str, Packed] = {
        "id": ids,
        "specialist_id": persons,
        "part": one_text(slot.part),
        "source": one_text(slot.source),
        "origin": origins,
        "specialty_id": NULL,
        "earned_on": pgcopy.days(earned),
        "posted_at": pgcopy.moments(posted, seconds_of(plan, place, people)),
        "posted_by_id": NULL,
        "reverses_id": NULL,
        "reason": one_text(""),
        "transaction": one_large(OUTSIDE_SEALS),
        **columns,
    }
    used: dict[str, Packed] = {
        "source": one_text(slot.source),
        "origin": origins,
        "specialist_id": persons,
        "entry_id": ids,
    }
    return [
        pgcopy.packed("credits_ledgerentry", len(people), entries),
        pgcopy.packed("credits_usedorigin", len(people), used),
    ]


def _legacy(plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers) -> list[Rows]:
    """What the closed portal knew: a title and a number. Each fourth is a programme."""
    is_programme = slot.number % 4 == 0
    title = _TITLES[(slot.number + int(people[0]) // SLICE_OF_PEOPLE) % len(_TITLES)]
    people = people[has(plan, slot, people)]
    return _entries(
        plan, facts, slot, place, people,
        earned=_earned(plan, slot, people, None, people),
        origins=_origins(plan, place, people),
        columns={
            "credits": one_small(36 if is_programme else 6), "part": one_text("programme" if is_programme else "event"),
            "item_id": NULL, "version_id": NULL, "organisation_id": NULL, "title": one_text(title),
        },
    )  # fmt: skip


def _by_code(plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers) -> list[Rows]:
    """Codes in their order."""
    learning, rows = facts.learning["event"], list[Rows]()
    if not len(learning.with_codes):
        return []
    people = people[people % 5 < CODES_OF_FIVE]
    numbers = people // 5 * CODES_OF_FIVE + people % 5
    ids = facts.first_ids["credits_confirmationcode"] + numbers
    for width, these in by_width(ids):
        events = _event_of(plan, learning, numbers[these] // CODES_IN_A_BATCH)
        rows += _entries(
            plan, facts, slot, place, people[these],
            earned=learning.days[events],
            origins=pgcopy.numbered("code:", ids[these], width),
            columns=_learned(learning, events),
        )  # fmt: skip
    return rows


def _event_of(plan: Plan, learning: Learning, batches: Numbers) -> Numbers:
    return learning.with_codes[drawn(plan, "batch", batches, len(learning.with_codes))]


def _corrections(plan: Plan, facts: Facts, slot: Slot, place: int, people: Numbers) -> list[Rows]:
    """One person in a hundred has an entry taken back, one in two hundred an entry made by hand; each by two people."""
    is_reversal = slot.source == "reversal"
    places = places_of(plan, facts, "module", 0, people)
    whom = (drawn(plan, slot.source, people, 100 if is_reversal else 200) == 0) & (places >= 0)
    people, places = people[whom], places[whom]
    learning, module = facts.learning["module"], SLOTS[_FIRST_MODULE]
    earned = _earned(plan, module, people, learning, places)
    old = earned <= plan.today.toordinal() - 60
    people, places, earned = people[old], places[old], earned[old]
    if not len(people):
        return []
    posted = earned + 20
    organisations = learning.organisations[places]
    decided_by = pgcopy.bigints(staff(plan, facts, organisations, 0))
    taken_back = pgcopy.bigints(_ids(plan, facts, _FIRST_MODULE, people))
    reason = one_text(_REVERSED if is_reversal else _BY_HAND)
    if is_reversal:
        columns = _learned(learning, places) | {
            "credits": pgcopy.smallints(-learning.credits[places]), "reverses_id": taken_back,
        }  # fmt: skip
    else:
        columns = {
            "credits": one_small(2), "item_id": NULL, "version_id": NULL, "title": one_text(_BY_HAND_TITLE),
            "organisation_id": pgcopy.bigints(organisations),
        }  # fmt: skip
    entries = _entries(
        plan, facts, slot, place, people, earned=earned, origins=_origins(plan, place, people), posted=posted,
        columns=columns | {"reason": reason, "posted_by_id": decided_by},
    )  # fmt: skip
    seconds = np.full(len(people), 20_000)
    proposals: dict[str, Packed] = {
        "kind": one_text("reversal" if is_reversal else "credit"),
        "specialist_id": pgcopy.bigints(persons_of(facts, people)),
        "entry_id": taken_back if is_reversal else NULL,
        "claim_id": NULL,
        "organisation_id": pgcopy.bigints(organisations),
        "title": one_text("" if is_reversal else _BY_HAND_TITLE),
        "part": one_text("" if is_reversal else slot.part),
        "worth": NULL if is_reversal else one_small(2),
        "earned_on": NULL if is_reversal else pgcopy.days(earned),
        "specialty_id": NULL,
        "reason": reason,
        "state": one_text("approved"),
        "proposed_at": pgcopy.moments(posted - 2, seconds),
        "proposed_by_id": pgcopy.bigints(staff(plan, facts, organisations, 2)),
        "decided_at": pgcopy.moments(posted, seconds),
        "decided_by_id": decided_by,
        "decision": one_text(""),
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
    registrars = staff(plan, facts, learning.organisations[events], 2).tolist()
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
        "annulled_reason": one_text(""),
    }
    if is_free:
        columns |= {"state": one_text("issued"), "activated_at": NULL, "activated_by_id": NULL}
    else:
        people = numbers // CODES_OF_FIVE * 5 + numbers % CODES_OF_FIVE
        place = next(place for place, slot in enumerate(SLOTS) if slot.source == "code")
        used = posted_on(plan, "code", people, held[batches])
        columns |= {
            "state": one_text("activated"),
            "activated_at": pgcopy.moments(used, seconds_of(plan, place, people)),
            "activated_by_id": pgcopy.bigints(persons_of(facts, people)),
        }
    return pgcopy.packed("credits_confirmationcode", len(numbers), columns)


# --- what has not come


def awaited_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """Some wait for a programme's credits, some read why an event gave none."""
    return [*_waiting(plan, facts, part), *_refused(plan, facts, part)]


def _waiting(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    people, places = waiting(plan, facts, part)
    began = plan.today.toordinal() - 1 - drawn(plan, "awaited day", people, 25)
    holder: dict[str, Packed] = {"holder": one_text("organisation"), "due_on": pgcopy.days(began + _WAIT_DAYS)}
    awaited = {**holder, "state": one_text("awaited"), "reason": one_text("")}
    return _expectations(
        plan, facts, people, learning=facts.learning["programme"], places=places, began=began,
        origins=pgcopy.numbered("awaited:", people, _PLACES),
        columns={**awaited, "source": one_text("completion"), "part": one_text("programme")},
        steps=[(0, awaited)],
    )  # fmt: skip


def _refused(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    people, places = refused(plan, facts, part)
    learning, ids = facts.learning["event"], registrations(plan, facts, EVENTS_BY_PRESENCE, people)
    holder: dict[str, Packed] = {"holder": one_text("organisation"), "due_on": NULL}
    told = {**holder, "state": one_text("refused"), "reason": one_text(_REFUSED)}
    return [
        rows
        for width, these in by_width(ids)
        for rows in _expectations(
            plan, facts, people[these], learning=learning, places=places[these], began=learning.days[places[these]],
            origins=pgcopy.numbered("registration:", ids[these], width),
            columns={**told, "source": one_text("presence"), "part": one_text("event")},
            steps=[(0, {**holder, "state": one_text("awaited"), "reason": one_text("")}), (REFUSED_AFTER, told)],
        )
    ]  # fmt: skip


def _expectations(
    plan: Plan, facts: Facts, people: Numbers, *, learning: Learning, places: Numbers, began: Numbers,
    origins: Packed, columns: dict[str, Packed], steps: list[tuple[int, dict[str, Packed]]],
) -> list[Rows]:  # fmt: skip
    """Rows with their way: for each step how many days after the learning it was."""
    if not len(people):
        return []
    ids, persons = pgcopy.bigints(facts.first_ids["credits_expectation"] + people), persons_of(facts, people)
    seconds = awaited_seconds(plan, people)
    last = max(day for day, _step in steps)
    rows: dict[str, Packed] = {
        "id": ids,
        "specialist_id": pgcopy.bigints(persons),
        "origin": origins,
        "version_id": pgcopy.bigints(learning.versions[places]),
        "organisation_id": pgcopy.bigints(learning.organisations[places]),
        "title": one_text(""),
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
