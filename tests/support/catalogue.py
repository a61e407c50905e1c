"""Whether what stands in the tables of the catalogue is what the rules want."""

from __future__ import annotations

import datetime as dt

from nmfo.catalogue.models import Run, Version
from nmfo.catalogue.queries import facts_of, whole
from nmfo.catalogue.rules.runs import RunFacts, run_problems
from nmfo.catalogue.rules.versions import malformed_in, of_its_kind, problems_of
from nmfo.reference.models import Level, Region
from nmfo.reference.zones import ZONES


def wrong_versions(now: dt.datetime) -> dict[str, list[str]]:
    """What keeps versions from having been submitted when they were, or now; by their titles."""
    known = {
        "levels": Level.values,
        "region": set(Region.objects.values_list("code", flat=True)),
        "zone": set(ZONES),
    }
    found = {}
    for version in whole(Version.objects.all()):
        facts, at = facts_of(version), version.submitted_at or now
        problems = [*malformed_in(facts, known=known, now=at), *problems_of(facts, now=at)]
        strange = [] if of_its_kind(facts) == facts else ["says what its kind does not have"]
        if problems or strange:
            found[version.title] = strange + [f"{field}: {problem}" for field, problem in problems]
    return found


def wrong_runs(today: dt.date) -> dict[str, list[str]]:
    """What is wrong with runs, by the titles of what they teach."""
    found = {}
    for run in Run.objects.select_related("version"):
        facts = RunFacts(
            begins_on=run.begins_on,
            ends_on=run.ends_on,
            apply_until_on=run.apply_until_on,
            seats=run.seats,
            region=run.region_id or "",
            place=run.place,
            bases=tuple(run.bases),
            price_rub=run.price_rub,
        )
        problems = run_problems(facts, taken=run.taken, distance=run.version.distance, today=today, is_new=False)
        if problems:
            found[run.version.title] = [f"{field}: {problem}" for field, problem in problems]
    return found
