"""Rows of events that are over: who signed up and was there, or was not, and what shows it.

What the ledger and the awaited credits say of presence stands on a registration of here; both draw the same people.
Registrations have no steps and no lists of the confirmed: at scale 1 that would be thirty million rows nobody reads.
"""

from __future__ import annotations

import numpy as np

from foundation.db import pgcopy
from foundation.db.pgcopy import NULL, Numbers, Packed, Rows
from nmfo.demo.generate.plan import Facts, Flags, Learning, Part, Plan
from nmfo.demo.generate.slots import (
    EVENTS_BY_PRESENCE,
    REFUSED_AFTER,
    SLOTS,
    awaited_seconds,
    drawn,
    has,
    one_text,
    persons_of,
    places_of,
    posted_on,
    refused,
    registrations,
    seconds_of,
    staff,
)

WINDOWS = "windows"  # kind of the part that has them; the others are numbers of registrations
EVENTS_OF_A_PERSON = EVENTS_BY_PRESENCE + 1  # the last one is what was refused
# What is kept of each event, when its registrations are there. Closed by its organisation's registrar.
GATHERINGS = """
CREATE TEMP TABLE made_item ON COMMIT DROP AS
SELECT i.id, m.account_id FROM demo_generatedphase p
JOIN catalogue_item i ON i.id BETWEEN (p.blocks -> 'catalogue_item' ->> 0)::bigint
                                  AND (p.blocks -> 'catalogue_item' ->> 1)::bigint
JOIN organisations_member m ON m.organisation_id = i.organisation_id AND 'registrar' = ANY (m.roles)
WHERE p.name = 'items';
INSERT INTO participation_gathering
  (item_id, version_id, taken, award, closed_at, closed_by_id, confirmed, expected_at, settled_at)
SELECT r.item_id, min(r.version_id), count(*), 'credits', min(r.decided_at), min(i.account_id),
       count(*) FILTER (WHERE r.state = 'present'), min(r.decided_at), max(r.settled_at)
FROM participation_registration r JOIN made_item i ON i.id = r.item_id
GROUP BY r.item_id ORDER BY r.item_id;
INSERT INTO credits_allowance (offering, people, given, changed_at, at_once)
SELECT 'event:' || item_id, confirmed, confirmed, closed_at, true FROM participation_gathering
WHERE item_id IN (SELECT id FROM made_item) ORDER BY item_id
"""
_REGISTRAR = 2  # of the three people of an organisation
_A_DAY, _AN_HOUR = 86_400, 3_600
_SIGNED_UP = 6 * _A_DAY  # at most so many seconds before the event
_WINDOW_AFTER, _WINDOW = 1_800, 600  # seconds from the beginning, and how long it is open
_ANSWERED = 500  # within so many of them
_CLOSED_AFTER = 2 * _AN_HOUR
_SHORT_STAY = 1_200  # seconds; the shortest event asks for more
_MOST_DAYS = 3
_UNIX = 719_163  # the day that seconds count from, as `date.toordinal` counts


def presence_rows(plan: Plan, facts: Facts, part: Part) -> list[Rows]:
    """The windows of events, or the so many-th registration of some people."""
    learning = facts.learning["event"]
    if part.kind == WINDOWS:
        return _windows(plan, facts, learning, np.arange(len(learning.items))[part.first : part.first + part.count])
    number = int(part.kind)
    if number == EVENTS_BY_PRESENCE:
        people, places = refused(plan, facts, part)
        settled = _moments((learning.days[places] + REFUSED_AFTER - _UNIX) * _A_DAY + awaited_seconds(plan, people))
        state = "absent"
    else:
        people, places, settled = _who_was_there(plan, facts, number, part)
        state = "present"
    if not len(people):
        return []
    made = _registrations(plan, facts, number, people, places, state=state, settled=settled)
    return [*made, *_evidence(plan, facts, number, people, places, state=state)]


def _who_was_there(plan: Plan, facts: Facts, number: int, part: Part) -> tuple[Numbers, Numbers, Packed]:
    """Those whose so many-th event is in the ledger, its place, and when it was entered there."""
    place = next(at for at, slot in enumerate(SLOTS) if slot.source == "presence" and slot.number == number)
    people = np.arange(part.first, part.first + part.count)
    places = places_of(plan, facts, "presence", number, people)
    there = has(plan, SLOTS[place], people) & (places >= 0)
    people, places = people[there], places[there]
    posted = posted_on(plan, "presence", people, facts.learning["event"].days[places])
    return people, places, pgcopy.moments(posted, seconds_of(plan, place, people))


def _moments(seconds: Numbers) -> Packed:
    """Moments, counted in seconds as Unix does."""
    return pgcopy.moments(seconds // _A_DAY + _UNIX, seconds % _A_DAY)


def _registrations(
    plan: Plan, facts: Facts, number: int, people: Numbers, places: Numbers, *, state: str, settled: Packed
) -> list[Rows]:
    learning = facts.learning["event"]
    before = _AN_HOUR + drawn(plan, f"signed up {number}", people, _SIGNED_UP - _AN_HOUR)
    columns: dict[str, Packed] = {
        "id": pgcopy.bigints(registrations(plan, facts, number, people)),
        "specialist_id": pgcopy.bigints(persons_of(facts, people)),
        "item_id": pgcopy.bigints(learning.items[places]),
        "version_id": pgcopy.bigints(learning.versions[places]),
        "state": one_text(state),
        "signed_up_at": _moments(learning.begins[places] - before),
        "offered_until": NULL,
        "added_by_id": NULL,
        "decided_at": _moments(learning.ends[places] + _CLOSED_AFTER),
        "reminded_at": NULL,
        "expected_by": one_text("presence" if state == "absent" else ""),
        "settled_at": settled,
    }
    in_a_hall = _is_marked(learning, places, state)
    marked: dict[str, Packed] = {"arrived_at": _moments(learning.begins[places])}
    unmarked: dict[str, Packed] = {"arrived_at": NULL}
    return [*_some(columns | marked, in_a_hall), *_some(columns | unmarked, ~in_a_hall)]


def _is_marked(learning: Learning, places: Numbers, state: str) -> Flags:
    """Who has marks: people in a hall. Who was not there as a list asks has none, by the badge a short stay."""
    return learning.by_badge[places] if state == "absent" else ~learning.by_windows[places]


def _some(columns: dict[str, Packed], these: Flags) -> list[Rows]:
    """Those of the registrations."""
    count = int(these.sum())
    kept = {name: column if isinstance(column, bytes) else column[these] for name, column in columns.items()}
    return [pgcopy.packed("participation_registration", count, kept)] if count else []


def _evidence(plan: Plan, facts: Facts, number: int, people: Numbers, places: Numbers, *, state: str) -> list[Rows]:
    """A mark for each day, or the answer in the window."""
    learning = facts.learning["event"]
    marked, made = _is_marked(learning, places, state), list[Rows]()
    for day in range(_MOST_DAYS):
        came = marked & (learning.lasts[places] > day)
        at = learning.begins[places[came]] + day * _A_DAY
        made += _marks(plan, facts, number, people[came], places[came], at, sign="came")
        if state == "absent":
            made += _marks(plan, facts, number, people[came], places[came], at + _SHORT_STAY, sign="left")
            break
    answered = learning.by_windows[places] & (state == "present")
    if answered.any():
        people, places = people[answered], places[answered]
        (in_time,) = pgcopy.boolean([False])
        after = _WINDOW_AFTER + 30 + drawn(plan, f"answered {number}", people, _ANSWERED)
        columns: dict[str, Packed] = {
            "window_id": pgcopy.bigints(facts.first_ids["participation_window"] + places),
            "registration_id": pgcopy.bigints(registrations(plan, facts, number, people)),
            "specialist_id": pgcopy.bigints(persons_of(facts, people)),
            "at": _moments(learning.begins[places] + after),
            "late": in_time,
        }
        made.append(pgcopy.packed("participation_windowanswer", len(people), columns))
    return made


def _marks(
    plan: Plan, facts: Facts, number: int, people: Numbers, places: Numbers, at: Numbers, *, sign: str
) -> list[Rows]:
    if not len(people):
        return []
    learning = facts.learning["event"]
    columns: dict[str, Packed] = {
        "registration_id": pgcopy.bigints(registrations(plan, facts, number, people)),
        "specialist_id": pgcopy.bigints(persons_of(facts, people)),
        "sign": one_text(sign),
        "way": one_text("list"),
        "at": _moments(at),
        "noted_at": _moments(at),
        "by_id": pgcopy.bigints(staff(plan, facts, learning.organisations[places], _REGISTRAR)),
        "reason": one_text(""),
        "batch_id": NULL,
    }
    return [pgcopy.packed("participation_mark", len(people), columns)]


def _windows(plan: Plan, facts: Facts, learning: Learning, places: Numbers) -> list[Rows]:
    """One window of each event that has them; its id follows from the event's place."""
    places = places[learning.by_windows[places]]
    if not len(places):
        return []
    opens = learning.begins[places] + _WINDOW_AFTER
    columns: dict[str, Packed] = {
        "id": pgcopy.bigints(facts.first_ids["participation_window"] + places),
        "item_id": pgcopy.bigints(learning.items[places]),
        "opens_at": _moments(opens),
        "closes_at": _moments(opens + _WINDOW),
        "made_by_id": pgcopy.bigints(staff(plan, facts, learning.organisations[places], _REGISTRAR)),
        "made_at": _moments(opens - _A_DAY),
    }
    return [pgcopy.packed("participation_window", len(places), columns)]
