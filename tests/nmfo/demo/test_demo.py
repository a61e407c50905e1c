"""The hand-made demo: six organisations, sixty items, everything as the rules want it, and loading it twice is once."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from django.db.models import F
from django.utils import timezone
from tests.builders import lists
from tests.support.catalogue import wrong_runs, wrong_versions

from foundation.audit.queries import checked
from foundation.files.operations import read_file
from foundation.identifiers import inn, licence, ogrn, snils
from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_snils
from nmfo.accounts.rules import Role
from nmfo.catalogue.models import Item, Run, SearchRow, Version
from nmfo.credits.models import Expectation, LedgerEntry
from nmfo.credits.operations.issuing import day_of_event
from nmfo.demo.loading import demo_signins, load_demo
from nmfo.demo.people import DOCTOR
from nmfo.enrolment.models import Application, Attendance, Completion
from nmfo.enrolment.rules import SEATED
from nmfo.organisations.models import CabinetApplication, Member, Organisation
from nmfo.organisations.rules import missing_documents
from nmfo.participation.models import Confirmed, Gathering, Registration
from nmfo.participation.rules import HOLDS_SEAT
from nmfo.specialists.models import Specialist

NOW = timezone.now()


def faults() -> list[str]:
    """What `nmfo audit verify` finds besides the trail."""
    return [fault for found in checked().values() for fault in found]


@pytest.mark.django_db
def test_there_are_six_organisations_and_sixty_three_items() -> None:
    lists()

    loaded = load_demo(NOW)

    assert (loaded.organisations, loaded.items) == (6, 63)
    assert Counter(Item.objects.values_list("kind", flat=True)) == {"programme": 34, "event": 19, "module": 10}
    assert Counter(Item.objects.values_list("state", flat=True)) == {"published": 58, "draft": 4, "withdrawn": 1}
    waits = Version.objects.exclude(state="published").values_list("state", flat=True)
    assert Counter(waits) == {"submitted": 3, "returned": 1, "draft": 1}
    assert SearchRow.objects.filter(listed=True).count() == 58
    assert len(set(Organisation.objects.values_list("kind", flat=True))) == 6
    assert len(set(Organisation.objects.values_list("region", flat=True))) == 6
    assert len(set(Version.objects.exclude(zone="").values_list("zone", flat=True))) >= 6


@pytest.mark.django_db
def test_loading_again_changes_nothing() -> None:
    lists()
    load_demo(NOW)

    again = load_demo(NOW + dt.timedelta(days=40))

    assert (again.people, again.organisations, again.items, again.entries, again.listeners) == (0, 0, 0, 0, 0)
    assert CabinetApplication.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 47, 181])
def test_everything_is_as_the_rules_want_it_whenever_it_is_loaded(days: int) -> None:
    lists()
    now = NOW + dt.timedelta(days=days)
    load_demo(now)

    assert wrong_versions(now) == {}
    assert wrong_runs(now.date()) == {}
    refused = Expectation.objects.filter(state="refused", version__item__kind="event").select_related("version")
    assert refused.count() == 5
    for row in refused:
        assert row.version is not None
        assert row.began_on == day_of_event(row.version)  # as the catalogue and the organiser say
    ahead = Version.objects.filter(state="published", begins_at__gt=now).count()
    assert ahead == 12
    assert sum(run.open_on(now.date()) for run in Run.objects.all()) > 40


@pytest.mark.django_db
def test_numbers_have_their_control_digits_and_people_their_second_step() -> None:
    lists()
    load_demo(NOW)

    for organisation in Organisation.objects.all():
        assert inn.parse(organisation.inn) == organisation.inn
        assert ogrn.parse(organisation.ogrn) == organisation.ogrn
        assert licence.parse(organisation.licence_number) == organisation.licence_number
        assert licence.region_of(organisation.licence_number) == organisation.region_id
    for account in Account.objects.all():
        assert snils.parse(account.snils) == account.snils
        assert account.is_demo
    assert Member.objects.filter(account__roles=[Role.ORGANISATION]).count() == 8
    assert len(demo_signins(NOW)) == 1 + 4 + 8 + 1


@pytest.mark.django_db
def test_two_applications_wait_with_their_scans() -> None:
    lists()
    load_demo(NOW)

    waiting, questioned = CabinetApplication.objects.order_by("state").reverse()

    assert (waiting.state, questioned.state) == ("submitted", "review")
    assert questioned.messages.get().side == "operator"
    for application in (waiting, questioned):
        scans = list(application.documents.select_related("file"))
        assert missing_documents(document.kind for document in scans) == []
        assert all(read_file(document.file).startswith(b"%PDF") for document in scans)
        assert inn.parse(application.inn) == application.inn
        assert ogrn.parse(application.ogrn) == application.ogrn


@pytest.mark.django_db
def test_a_group_learns_with_marked_days_and_the_doctor_awaits_what_she_has_applied_for() -> None:
    lists()
    load_demo(NOW)
    today = timezone.localdate(NOW)

    marks = Attendance.objects.select_related("application__run")
    (run,) = {mark.application.run for mark in marks}
    assert run.begins_on < today < run.ends_on
    assert {mark.day for mark in marks} == {today - dt.timedelta(days=days) for days in (1, 2, 3)}
    assert Counter(mark.was_there for mark in marks) == {True: 11, False: 4}
    doctor = Specialist.objects.get(account=account_by_snils(DOCTOR.snils))
    (awaited,) = Expectation.objects.filter(specialist=doctor, state="awaited", source="completion")
    row = Application.objects.get(specialist=doctor, state="enrolled")
    assert awaited.origin == f"application:{row.pk}"
    assert awaited.version is not None
    assert "Острые респираторные" in awaited.version.title
    assert row.due_on is not None
    assert row.run.ends_on < today < row.due_on
    assert faults() == []


@pytest.mark.django_db
def test_whoever_has_credits_of_a_programme_applied_for_it_and_got_a_document() -> None:
    lists()
    load_demo(NOW)

    credited = LedgerEntry.objects.filter(source="completion")
    papers = Completion.objects.select_related("application__run")
    assert {row.origin: row.specialist_id for row in credited} == {
        f"application:{row.application_id}": row.specialist_id for row in papers
    }
    assert credited.count() == 6
    assert [row.application.state for row in papers.exclude(taken_back_at=None)] == ["reversed"]
    assert {row.application.state for row in papers.filter(taken_back_at=None)} == {"credited"}
    for row in papers:
        assert row.application.run.ends_on == row.attested_on <= timezone.localdate(row.at) < NOW.date()
    assert papers.exclude(frdo=None).count() == 4
    assert faults() == []


@pytest.mark.django_db
def test_whoever_has_credits_of_an_event_signed_up_and_was_there() -> None:
    lists()
    load_demo(NOW)

    credited = LedgerEntry.objects.filter(source__in=["presence", "code"]).order_by("pk")
    there = {(row.item_id, row.specialist_id) for row in Confirmed.objects.all()}
    assert {(row.item_id, row.specialist_id) for row in credited} <= there
    held = Gathering.objects.filter(closed_at__isnull=False)
    assert sorted((row.taken, row.confirmed, row.award) for row in held) == [
        (3, 2, "credits"), (6, 4, "codes"), (6, 4, "credits"),
    ]  # fmt: skip
    for row in held:
        at_once = credited.filter(item=row.item_id, source="presence").count()
        assert at_once == (row.confirmed if row.award == "credits" else 0)
        assert row.settled_at is not None
    assert credited.filter(source="code").count() == 2
    assert faults() == []


@pytest.mark.django_db
def test_seats_are_those_that_people_have_taken() -> None:
    lists()
    load_demo(NOW)

    for run in Run.objects.all():
        assert run.taken == Application.objects.filter(run=run, state__in=SEATED).count()
        assert run.seats is None or run.taken <= run.seats
    for row in Gathering.objects.select_related("item", "version"):
        assert (
            row.taken
            == row.item.event_taken
            == Registration.objects.filter(item=row.item, state__in=HOLDS_SEAT).count()
        )
        assert row.version.seats is None or row.taken <= row.version.seats
    (full,) = Run.objects.filter(seats__isnull=False, taken=F("seats"))
    assert full.version.title.startswith("Сердечно-лёгочная реанимация")
