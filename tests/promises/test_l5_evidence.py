"""What an entry rests on is compared with the book in both directions: neither stands without the other."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.credit_builders import a_batch, a_programme, an_event
from tests.enrolment_builders import a_registrar, a_result, a_run_of, an_application, enrolled, over
from tests.nmfo.participation import builders as halls

from foundation.audit.queries import checked
from foundation.vault.cipher import blind
from nmfo.catalogue.models import Version
from nmfo.credits.models import Allowance, CodeBatch, LedgerEntry
from nmfo.credits.operations.posting import post
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
