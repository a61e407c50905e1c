"""Every sum is the same sum: of the list, of a past day, of who has to act; an entry found by its evidence."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_specialist
from tests.credit_builders import a_batch, a_programme, an_entry, an_event
from tests.nmfo.credits.builders import (
    decided,
    proposed,
)

from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.expecting import expect
from nmfo.credits.queries.claims import candidates_of
from nmfo.credits.queries.ledger import (
    balance_of,
    cases_of,
    entries_of,
    entry_by,
    movements_of,
    shown_of,
    statement_of,
    sums_of,
    totals_of,
)
from nmfo.credits.queries.watching import credits_given_by
from nmfo.credits.rules.words import Holder, Part, Source

pytestmark = pytest.mark.django_db


def test_every_sum_is_the_same_sum() -> None:
    doctor, version = a_specialist(), a_programme()
    first = an_entry(doctor, version, earned_on=dt.date(2026, 3, 1))
    an_entry(doctor, version, earned_on=dt.date(2026, 2, 1))
    decided(proposed(first))

    shown = list(entries_of(doctor))

    assert sum(entry.credits for entry in shown) == balance_of(doctor) == sums_of(doctor).posted == 36
    assert [totals_of(doctor)[entry.pk] for entry in shown] == [36, 72, 36]
    movements = movements_of(doctor)
    assert (movements.posted, movements.in_year, list(movements.totals.values())) == (36, {2026: 3}, [36, 72, 36])
    assert credits_given_by(version.item.organisation, [version.item_id]) == {version.item_id: 36}
    assert [row.pk for row in shown_of(doctor, first=0, most=30) if row.is_taken_back] == [first.pk]


def test_a_statement_of_a_past_day_shows_what_was_shown_then() -> None:
    doctor, version = a_specialist(), a_programme()
    then, later = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC), dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    an_entry(doctor, version, earned_on=dt.date(2026, 4, 1), now=then)
    an_entry(doctor, version, earned_on=dt.date(2026, 3, 1), now=later)

    assert [entry.earned_on.month for entry in statement_of(doctor, day=dt.date(2026, 5, 31))] == [4]
    assert [entry.earned_on.month for entry in statement_of(doctor, day=dt.date(2026, 6, 1))] == [3, 4]
    assert not statement_of(doctor, day=dt.date(2026, 4, 30))
    assert balance_of(doctor, as_of=then) == 36


def test_a_statement_ends_at_midnight_of_the_portals_zone() -> None:
    doctor = a_specialist()
    an_entry(doctor, now=dt.datetime(2026, 5, 1, 21, 30, tzinfo=dt.UTC))  # half past midnight in Moscow

    assert not statement_of(doctor, day=dt.date(2026, 5, 1))
    assert statement_of(doctor, day=dt.date(2026, 5, 2))


def test_a_missing_credit_is_looked_for_among_what_is_known() -> None:
    doctor, other = a_specialist(), a_specialist()
    event = an_event(title="Анемии в амбулаторной практике")
    row = expect(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="registration:3",
        began_on=dt.date(2026, 11, 14),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=timezone.now(),
    )

    by_word = candidates_of(doctor, title="анемии", held_on=None, part=Part.EVENT)
    by_day = candidates_of(doctor, title="", held_on=dt.date(2026, 11, 20), part=Part.EVENT)

    assert by_word.awaited == by_day.awaited == [row]
    assert not candidates_of(doctor, title="анемии", held_on=None, part=Part.MODULE)
    assert not candidates_of(other, title="анемии", held_on=None, part=Part.EVENT)
    assert not candidates_of(doctor, title="по", held_on=None, part=Part.EVENT)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("боль онкологического", True),
        ("онколог боль", True),
        ("БОЛИ у онкологических пациентов", True),
        ("Конференция ревматологов в Саратове", False),
        ("конференция", False),
        ("боль в спине и суставах: неврология", False),
        ("", False),
    ],
)
def test_a_missing_credit_is_found_by_its_telling_words(typed: str, found: bool) -> None:
    doctor = a_specialist()
    entry = an_entry(doctor, a_programme(title="Конференция «Боль у онкологического пациента»"))

    candidates = candidates_of(doctor, title=typed, held_on=None, part=Part.PROGRAMME)

    assert candidates.entries == ([entry] if found else [])


def test_the_likest_comes_first() -> None:
    doctor = a_specialist()
    likest = an_entry(doctor, a_programme(title="Анемии беременных"), earned_on=dt.date(2026, 1, 1))
    other = an_entry(doctor, a_programme(title="Анемии"), earned_on=dt.date(2026, 5, 1))

    candidates = candidates_of(doctor, title="анемия беременных", held_on=None, part=Part.PROGRAMME)

    assert candidates.entries == [likest, other]


def test_what_is_with_you_and_what_with_others_is_told_apart() -> None:
    doctor = a_specialist()
    for number, holder in enumerate([Holder.ORGANISATION, Holder.SPECIALIST]):
        expect(
            specialist_id=doctor.pk,
            version=an_event(),
            source=Source.CODE,
            origin=f"registration:{number}",
            began_on=dt.date(2026, 11, 14),
            holder=holder,
            due_on=None,
            now=timezone.now(),
        )

    sums = sums_of(doctor)

    assert (sums.awaited, sums.with_you, sums.with_you_count, sums.refused) == (3, 3, 1, 0)
    assert cases_of(doctor).count() == 2


def test_an_entry_is_found_by_its_evidence() -> None:
    entry = an_entry(origin="application:77")

    assert entry_by(source=Source.COMPLETION, origin="application:77") == entry
    assert entry_by(source=Source.COMPLETION, origin="application:78") is None


def test_batches_of_codes_do_not_change_what_was_posted() -> None:
    entry = an_entry()

    a_batch()

    assert list(LedgerEntry.objects.all()) == [entry]
