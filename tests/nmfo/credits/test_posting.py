"""Posting to the ledger: once, for what the version is worth, never changed."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.builders import a_specialist, a_version, an_item, an_operator
from tests.credit_builders import a_programme, an_entry, an_event

from foundation.db.refusals import violated_constraint
from nmfo.credits.models import Allowance, Expectation, LedgerEntry, UsedOrigin
from nmfo.credits.operations.expecting import expect, refuse_expected, withdraw_expected
from nmfo.credits.operations.posting import post, post_without_version, release, reserve, set_people
from nmfo.credits.rules.refusals import AllowanceSpent, CountedAlready, NotWorthAnything, OriginUsed, OwnCredit
from nmfo.credits.rules.words import Awaited, Holder, Part, Source

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_an_entry_is_worth_what_its_version_is_worth_and_says_who_gave_it() -> None:
    doctor, version = a_specialist(), a_programme()

    entry = an_entry(doctor, version, origin="application:7", earned_on=dt.date(2026, 11, 2), now=NOW)

    assert (entry.credits, entry.part, entry.origin) == (36, Part.PROGRAMME, "application:7")
    assert (entry.item_id, entry.organisation_id) == (version.item_id, version.item.organisation_id)
    assert list(UsedOrigin.objects.values_list("source", "origin", "specialist_id", "entry_id")) == [
        ("completion", "application:7", doctor.pk, entry.pk)
    ]


def test_the_same_evidence_posts_once_whoever_brings_it() -> None:
    an_entry(origin="application:7")

    with pytest.raises(OriginUsed):
        an_entry(origin="application:7")

    assert LedgerEntry.objects.count() == 1


def test_an_event_counts_once_for_a_person_by_whatever_evidence() -> None:
    doctor, event = a_specialist(), an_event()
    post(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="code:1",
        earned_on=NOW.date(),
        by=None,
        now=NOW,
    )

    with pytest.raises(CountedAlready):
        post(
            specialist_id=doctor.pk,
            version=event,
            source=Source.PRESENCE,
            origin="registration:1",
            earned_on=NOW.date(),
            by=None,
            now=NOW,
        )

    assert UsedOrigin.objects.count() == 1


def test_nobody_confirms_their_own_credit() -> None:
    doctor = a_specialist()

    with pytest.raises(OwnCredit):
        post(
            specialist_id=doctor.pk,
            version=a_programme(),
            source=Source.COMPLETION,
            origin="application:7",
            earned_on=NOW.date(),
            by=doctor.account,
            now=NOW,
        )

    assert not LedgerEntry.objects.exists()


def test_a_programme_may_be_taken_again() -> None:
    doctor, version = a_specialist(), a_programme()

    first, second = an_entry(doctor, version), an_entry(doctor, version)

    assert first.item_id == second.item_id


def test_what_was_never_published_gives_nothing() -> None:
    draft = a_version(an_item())

    with pytest.raises(NotWorthAnything):
        an_entry(version=draft)


def test_an_operators_own_entry_says_who_and_why() -> None:
    doctor, operator = a_specialist(), an_operator()

    entry = post_without_version(
        specialist_id=doctor.pk,
        source=Source.MANUAL,
        origin="claim:1",
        title="Конференция, которой нет в каталоге",
        part=Part.EVENT,
        worth=6,
        earned_on=dt.date(2026, 5, 1),
        by=operator,
        reason="Протокол организатора от 3 мая",
        now=NOW,
    )

    assert (entry.credits, entry.version_id, entry.posted_by_id) == (6, None, operator.pk)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"credits": 35}, "credits_entries_are_worth_their_version"),
        ({"credits": -36}, "credits_entries_are_worth_their_version"),
        ({"origin": ""}, "credits_entries_have_an_origin"),
        ({"source": "gift"}, "credits_source_is_known"),
        ({"part": "luck"}, "credits_part_is_known"),
        ({"version_id": None, "title": "Что-то"}, "credits_what_was_learned_here_has_a_version"),
        (
            {"version_id": None, "source": "legacy", "credits": 0, "title": "Что-то"},
            "credits_only_reversals_are_negative",
        ),
        ({"version_id": None, "source": "legacy"}, "credits_entries_say_what_for"),
        ({"version_id": None, "source": "manual", "title": "Что-то"}, "credits_manual_entries_say_who_and_why"),
    ],
)
def test_the_table_takes_no_entry_that_breaks_the_law(values: dict[str, object], constraint: str) -> None:
    doctor, version = a_specialist(), a_programme()
    given: dict[str, object] = {
        "specialist": doctor,
        "credits": 36,
        "part": "programme",
        "source": "completion",
        "origin": "x:1",
        "item_id": version.item_id,
        "version_id": version.pk,
        "earned_on": NOW.date(),
        "posted_at": NOW,
    }

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        LedgerEntry.objects.create(**{**given, **values})

    assert violated_constraint(caught.value) == constraint


@pytest.mark.parametrize(
    "values",
    [
        {"credits": -35},
        {"part": "event"},
        {"earned_on": dt.date(2020, 1, 1)},
        {"specialist_id": "another"},
        {"item_id": None},
    ],
)
def test_a_reversal_mirrors_its_entry(values: dict[str, object]) -> None:
    entry = an_entry()
    if "specialist_id" in values:
        values = {"specialist_id": a_specialist().pk}
    given: dict[str, object] = {
        "specialist_id": entry.specialist_id,
        "credits": -36,
        "part": entry.part,
        "source": "reversal",
        "origin": str(entry.pk),
        "item_id": entry.item_id,
        "version_id": entry.version_id,
        "earned_on": entry.earned_on,
        "posted_at": NOW,
        "reverses": entry,
        "reason": "Ошибка в ведомости",
    }

    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        LedgerEntry.objects.create(**{**given, **values})
    LedgerEntry.objects.create(**given)

    assert violated_constraint(caught.value) == "credits_reversals_mirror_their_entry"


def test_a_published_version_cannot_grow_the_worth_of_an_entry_afterwards() -> None:
    version = a_programme()
    an_entry(version=version)

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE catalogue_version SET hours = 72, credits = 72 WHERE id = %s", [version.pk])


def test_what_is_awaited_is_settled_by_its_entry_and_keeps_its_way() -> None:
    doctor, version = a_specialist(), a_programme()
    given: dict[str, Any] = {
        "specialist_id": doctor.pk,
        "version": version,
        "source": Source.COMPLETION,
        "origin": "application:7",
    }
    due = dt.date(2026, 12, 2)

    expect(**given, began_on=dt.date(2026, 11, 2), holder=Holder.ORGANISATION, due_on=due, now=NOW)
    expect(**given, began_on=dt.date(2026, 11, 2), holder=Holder.ORGANISATION, due_on=due, now=NOW)
    entry = an_entry(doctor, version, origin="application:7")

    row = Expectation.objects.get()
    assert (row.state, row.entry_id, row.credits) == (Awaited.ARRIVED, entry.pk, 36)
    assert list(row.steps.order_by("pk").values_list("state", "holder")) == [
        ("awaited", "organisation"),
        ("arrived", "organisation"),
    ]


def test_what_will_not_come_says_why_and_may_be_awaited_anew() -> None:
    doctor, event = a_specialist(), an_event()
    key: dict[str, Any] = {"specialist_id": doctor.pk, "source": Source.CODE, "origin": "registration:3"}
    given = {**key, "version": event, "began_on": NOW.date(), "holder": Holder.ORGANISATION, "due_on": None, "now": NOW}
    expect(**given)

    assert refuse_expected(**key, reason="Отмечено 40 минут из 135", now=NOW)
    refused = Expectation.objects.get()
    expect(**given)
    again = Expectation.objects.get()

    assert (refused.state, refused.reason) == (Awaited.REFUSED, "Отмечено 40 минут из 135")
    assert (again.state, again.reason, again.steps.count()) == (Awaited.AWAITED, "", 3)


def test_what_has_arrived_is_not_refused_afterwards() -> None:
    doctor, version = a_specialist(), a_programme()
    key: dict[str, Any] = {"specialist_id": doctor.pk, "source": Source.COMPLETION, "origin": "application:7"}
    expect(**key, version=version, began_on=NOW.date(), holder=Holder.ORGANISATION, due_on=None, now=NOW)
    an_entry(doctor, version, origin="application:7")

    assert not refuse_expected(**key, reason="Поздно", now=NOW)
    assert not withdraw_expected(**key, now=NOW)
    assert Expectation.objects.get().state == Awaited.ARRIVED


def test_a_presence_settles_what_was_awaited_by_code() -> None:
    doctor, event = a_specialist(), an_event()
    expect(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="registration:3",
        began_on=NOW.date(),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=NOW,
    )

    entry = post(
        specialist_id=doctor.pk,
        version=event,
        source=Source.PRESENCE,
        origin="registration:3",
        earned_on=NOW.date(),
        by=None,
        now=NOW,
    )

    assert Expectation.objects.get().entry_id == entry.pk


def test_an_allowance_is_never_overdrawn() -> None:
    set_people(offering="event:1", people=2, now=NOW)
    reserve(offering="event:1", count=2)

    with pytest.raises(AllowanceSpent) as caught:
        reserve(offering="event:1")
    assert set_people(offering="event:1", people=1, now=NOW).people == 2
    with pytest.raises(AllowanceSpent):
        reserve(offering="event:2")
    release(offering="event:1")
    reserve(offering="event:1")

    assert caught.value.values == {"people": 2}
    assert Allowance.objects.get().given == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_that_reserve_at_once_as_many_as_allowed_get_through() -> None:
    set_people(offering="event:1", people=3, now=NOW)
    gate = threading.Barrier(8)
    through: list[int] = []

    def one(number: int) -> None:
        try:
            gate.wait()
            reserve(offering="event:1")
            through.append(number)
        except AllowanceSpent:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(through) == 3
    assert Allowance.objects.get().given == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_that_post_one_evidence_at_once_one_does() -> None:
    doctor, version = a_specialist(), a_programme()
    gate = threading.Barrier(6)
    answers: list[str] = []

    def one() -> None:
        try:
            gate.wait()
            an_entry(doctor, version, origin="application:7", now=timezone.now())
            answers.append("posted")
        except OriginUsed:
            answers.append("used")
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["posted", *["used"] * 5]
    assert LedgerEntry.objects.count() == 1
