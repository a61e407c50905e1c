"""What an entry rests on is compared with the book in both directions: neither stands without the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, facts
from tests.credit_builders import a_batch, a_programme, an_event, code_in
from tests.enrolment_builders import a_registrar, a_result, a_run_of, an_application, enrolled, over
from tests.nmfo.credits import builders as corrections
from tests.nmfo.participation import builders as halls

from foundation.audit.queries import checked
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.credits.models import Allowance, CodeBatch, LedgerEntry, LegacyCode, Proposal
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.rules.words import Source
from nmfo.enrolment.models import Application, Completion
from nmfo.enrolment.operations.completing import complete_application
from nmfo.participation.models import Registration
from nmfo.participation.operations import closing
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
RESULTS = "results of programmes and their credits do not agree"
PRESENCE = "credits for presence have no confirmed presence"
MISSED = "confirmed presence has brought no credits"
BESIDE = "codes that name nobody were issued beside credits at once"
NOWHERE = "entries of real people come from where nothing is kept"
CLOSED_PORTAL = "activated codes of the closed portal and their entries do not agree"


def found() -> list[str]:
    return [fault for faults in checked().values() for fault in faults]


def posted(specialist: Specialist, version: Version, source: str, origin: str) -> LedgerEntry:
    today = timezone.localdate()
    return post(
        specialist_id=specialist.pk,
        version=version,
        source=source,
        origin=origin,
        earned_on=today,
        by=None,
        now=timezone.now(),
    )


def there(event: Version) -> Registration:
    """Somebody whose presence is confirmed, with credits to come at once."""
    by = halls.a_registrar(event)
    row = halls.marked(halls.signed_up(event), by)
    closing.close_attendance(item_id=event.item_id, award="credits", by=by, facts=facts(), now=halls.over(event))
    return row


def completed() -> Application:
    by = a_registrar()
    today = timezone.localdate()
    row = enrolled(an_application(a_run_of(by, begins_on=today, ends_on=today, apply_until_on=today)), by)
    complete_application(
        application_id=row.pk,
        seen=None,
        result=a_result(attested_on=today, issued_on=today),
        by=by,
        facts=facts(),
        now=timezone.now(),
    )
    return row


@pytest.mark.parametrize(
    ("source", "origin", "sentence"),
    [
        (Source.PRESENCE, "registration:999999", PRESENCE),
        (Source.COMPLETION, "application:999999", RESULTS),
        (Source.COMPLETION, "demo:orvi:1", RESULTS),
        (Source.COMPLETION, "made:0000000001", RESULTS),
        (Source.MODULE, "module:1", NOWHERE),
        (Source.LEGACY, "import:77", NOWHERE),
    ],
)
def test_l5_an_entry_without_evidence_is_found(source: str, origin: str, sentence: str) -> None:
    version = a_programme() if source == Source.COMPLETION else an_event()
    entry = posted(a_specialist(), version, source, origin)

    assert found() == [f"{sentence}: {entry.pk}"]


def test_l5_evidence_of_another_person_is_none() -> None:
    row = there(halls.an_event())
    entry = posted(a_specialist(), row.version, Source.PRESENCE, f"registration:{row.pk}")

    assert found() == [f"{PRESENCE}: {entry.pk}"]


def test_l5_presence_and_results_that_brought_their_credits_agree() -> None:
    row = there(halls.an_event())
    closing.settle_event(row.item_id, now=halls.over(row.version))
    completed()

    assert LedgerEntry.objects.count() == 2
    assert found() == []


def test_l5_confirmed_presence_without_credits_is_found() -> None:
    row = there(halls.an_event())
    assert found() == []  # the job has not come to it

    Registration.objects.filter(pk=row.pk).update(settled_at=timezone.now())
    assert [fault.partition(":")[0] for fault in found()] == [MISSED]


def test_l5_codes_for_anybody_that_no_operator_let_be_issued_beside_credits_at_once_are_found() -> None:
    event = halls.an_event()
    over_at = halls.over(event)
    a_batch(event, now=over_at - dt.timedelta(minutes=30))
    CodeBatch.objects.update(valid_until_on=over_at - dt.timedelta(days=1))  # issued and over before the closing
    row = there(event)
    closing.settle_event(row.item_id, now=over_at)
    assert found() == []

    Allowance.objects.update(at_once=False)  # as if the closing had not said so
    batch = a_batch(event, now=over_at + dt.timedelta(days=1))

    assert batch.state == "issued"
    assert found() == [f"{BESIDE}: {batch.pk}"]


def test_l5_a_result_without_its_credits_is_found() -> None:
    by = a_registrar()
    row = enrolled(an_application(a_run_of(by)), by)
    over(row.run)
    day = timezone.localdate() - dt.timedelta(days=1)
    made = Completion(
        application=row,
        specialist_id=row.specialist_id,
        organisation_id=row.organisation_id,
        mark="passed",
        attested_on=day,
        series="",
        number="772400123456",
        registration_number="1",
        issued_on=day,
        by=by.account,
        at=timezone.now(),
    )
    made.document_index = blind(made.document_name, purpose="enrolment_document")
    made.save(force_insert=True)
    Application.objects.filter(pk=row.pk).update(state="credited", due_on=None)

    assert found() == [f"{RESULTS}: {made.pk}"]


def test_l5_an_application_that_only_says_it_was_credited_is_found() -> None:
    by = a_registrar()
    row = enrolled(an_application(a_run_of(by)), by)
    Application.objects.filter(pk=row.pk).update(state="credited", due_on=None)

    assert found() == [f"applications and their results do not agree: {row.pk}"]


def forged(registration: Registration, **values: Any) -> LedgerEntry:
    """What SQL of one's own writes into the ledger for a presence that is confirmed."""
    version = registration.version
    given = {
        "specialist_id": registration.specialist_id,
        "credits": version.credits,
        "part": "event",
        "source": "presence",
        "origin": f"registration:{registration.pk}",
        "item_id": version.item_id,
        "version": version,
        "organisation_id": version.item.organisation_id,
        "earned_on": closing.last_day_of(version),
        "posted_at": timezone.now(),
    }
    return LedgerEntry.objects.create(**given | values)


def test_l5_presence_counts_on_the_day_of_its_event() -> None:
    row = there(halls.an_event())
    day = closing.last_day_of(row.version)
    entry = forged(row, earned_on=day + dt.timedelta(days=400))

    assert found() == [f"{PRESENCE}: {entry.pk}"]


def test_l5_the_day_is_that_of_the_place() -> None:
    """Half past one in the night of Kamchatka is the day before in Moscow."""
    end = dt.datetime.combine(timezone.localdate() + dt.timedelta(days=30), dt.time(13, 30), dt.UTC)
    row = there(halls.an_event(begins_at=end - dt.timedelta(hours=3), ends_at=end, zone="Asia/Kamchatka"))
    closing.settle_event(row.item_id, now=halls.over(row.version))

    assert LedgerEntry.objects.get().earned_on == end.date() + dt.timedelta(days=1)
    assert found() == []


def test_l5_an_entry_is_of_the_part_of_its_card() -> None:
    entry = forged(there(halls.an_event()), part="programme")

    assert found() == [f"entries stand in another part than what they are for: {entry.pk}"]


def test_l5_codes_count_on_the_day_of_their_event() -> None:
    batch = a_batch()
    CodeBatch.objects.update(earned_on=batch.earned_on - dt.timedelta(days=400))
    redeem_code(specialist=a_specialist(), text=code_in(batch), facts=facts(), now=timezone.now())

    assert found() == [f"batches of codes are of another day than their event: {batch.pk}"]


@pytest.mark.parametrize(
    "said", [{}, {"earned_on": dt.date(2020, 1, 1)}, {"part": "module"}, {"specialty": None}], ids=str
)
def test_l5_a_code_of_the_closed_portal_says_day_part_and_specialty(said: dict[str, Any]) -> None:
    now = timezone.now()
    told = {"title": "Вебинар", "part": "event", "earned_on": dt.date(2019, 3, 1), "specialty": a_specialty()}
    person = a_specialist()
    code = LegacyCode.objects.create(digest="a", credits=2, activated_at=now, activated_by=person, **told)
    LedgerEntry.objects.create(
        specialist=person, credits=2, source="legacy", origin=f"code:{code.pk}", posted_at=now, **{**told, **said}
    )

    assert found() == ([f"{CLOSED_PORTAL}: {code.pk}"] if said else [])


@pytest.mark.parametrize(
    "said", [{}, {"earned_on": dt.date(2020, 1, 1)}, {"part": "module"}, {"specialty": 0}, {"worth": 4}], ids=str
)
def test_l5_a_credit_by_hand_is_what_two_people_decided(said: dict[str, Any]) -> None:
    values = said | ({"specialty": a_specialty()} if "specialty" in said else {})
    row = corrections.decided(corrections.by_hand(corrections.a_claim()))
    if values:
        Proposal.objects.update(**values)

    assert found() == ([f"corrections and their entries do not agree: {row.pk}"] if said else [])


@pytest.mark.parametrize("was", [False, True])
def test_l5_nobody_becomes_one_of_the_demo_or_stops_being_one(was: bool) -> None:
    account = a_specialist(is_demo=was).account

    with pytest.raises(IntegrityError, match="made for the demo"), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(is_demo=not was)
    account.refresh_from_db()
    assert account.is_demo == was
    account.save()


def test_l5_accounts_of_a_demo_are_found_where_there_is_none(settings: Any) -> None:
    doctor, version = a_specialist(is_demo=True), a_programme()
    a_specialist()
    posted(doctor, version, Source.COMPLETION, "demo:anything")
    posted(doctor, version, Source.LEGACY, "portal:1")
    assert found() == []

    settings.CONFIG = replace(settings.CONFIG, demo=False)
    assert found() == [f"accounts of a demo stand where there is none: {doctor.account_id}"]
