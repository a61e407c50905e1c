"""What was sent is sent again: by a double click, after an answer that was lost. One effect, the same answer.

That a kill between effect and answer loses and doubles nothing is in test_kill_redeem.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, signed_in
from tests.credit_builders import a_batch, a_programme, an_entry, an_event, code_in
from tests.credit_builders import a_registrar as a_clerk
from tests.enrolment_builders import DAY, a_registrar, a_run_of, an_application, enrolled, over
from tests.nmfo.participation.test_signing_up import at_once

from foundation.mail.models import Letter
from nmfo.catalogue.models import Run
from nmfo.credits.balancing import faults
from nmfo.credits.models import Allowance, Claim, CodeBatch, ConfirmationCode, LedgerEntry
from nmfo.credits.operations.posting import set_people
from nmfo.enrolment.models import Application, Completion, EducationalCertificate

pytestmark = pytest.mark.django_db(transaction=True)
CLICKS = 4


def clicked(browser: Client, path: str, form: dict[str, Any]) -> list[tuple[int, str]]:
    """What the same form is answered, sent as many times at once as an impatient person clicks: status and address."""
    answers: list[tuple[int, str]] = []

    def click() -> None:
        own = Client()
        own.cookies = browser.cookies
        answer = own.post(path, form)
        answers.append((answer.status_code, answer.headers.get("Location", "")))

    clicks: list[Callable[[], None]] = [click] * CLICKS
    assert at_once(*clicks) == []
    return sorted(answers)


def test_l3_a_batch_of_codes_is_issued_once_however_often_its_form_is_sent() -> None:
    event = an_event()
    set_people(offering=f"event:{event.item_id}", people=5, now=timezone.now())
    browser = signed_in(a_clerk(event.item.organisation).account)
    until = (timezone.localdate() + dt.timedelta(days=30)).isoformat()
    form = {"item": event.item_id, "count": "2", "valid_until_on": until, "note": "", "form_key": "a" * 32}

    answers = clicked(browser, "/organisation/codes/new/", form)
    changed = browser.post("/organisation/codes/new/", {**form, "count": "3"})

    batch = CodeBatch.objects.get()
    assert answers == [(302, f"/organisation/codes/{batch.pk}/")] * CLICKS
    assert changed.status_code == 422
    assert "Эта форма уже отправлена с другими данными" in changed.content.decode()
    assert (ConfirmationCode.objects.count(), Allowance.objects.get().given) == (2, 2)


def test_l3_a_code_that_is_sent_again_says_that_its_credits_are_there() -> None:
    doctor = a_specialist()
    form = {"code": code_in(a_batch(an_event()))}

    answers = clicked(signed_in(doctor.account), "/specialist/codes/", form)

    entry = LedgerEntry.objects.get()
    assert answers == [*[(200, "")] * (CLICKS - 1), (302, f"/specialist/credits/{entry.pk}/")]
    again = signed_in(doctor.account).post("/specialist/codes/", form)
    assert "Баллы на счету" in again.content.decode()
    assert faults() == []


def test_l3_a_request_about_a_credit_is_one_and_says_what_it_said() -> None:
    entry = an_entry(version=a_programme())
    browser = signed_in(entry.specialist.account)
    path = f"/specialist/credits/{entry.pk}/dispute/"
    form = {"form_key": "b" * 32, "text": "Часов было семьдесят два, а не тридцать шесть."}

    answers = clicked(browser, path, form)
    changed = browser.post(path, {**form, "text": "Эта запись не моя, я там не учился."})

    claim = Claim.objects.get()
    assert len(set(answers)) == 1
    assert answers[0][0] == 302
    assert changed.status_code == 422
    assert claim.text == form["text"]
    assert Letter.objects.filter(kind="claim_opened").count() == 1


def test_l3_an_application_is_begun_and_sent_once() -> None:
    run, doctor = a_run_of(a_registrar()), a_specialist()
    browser = signed_in(doctor.account)
    form = {
        "form_key": "c" * 32,
        "run": str(run.pk),
        "basis": "contract",
        "specialty": str(a_specialty().pk),
        "comment": "",
    }

    begun = clicked(browser, f"/specialist/applications/new/?run={run.pk}", form)
    row = Application.objects.get()
    sent = clicked(browser, f"/specialist/applications/{row.pk}/check/", {})

    row.refresh_from_db()
    assert begun == [(302, f"/specialist/applications/{row.pk}/check/")] * CLICKS
    assert len(set(sent)) == 1
    assert (row.state, row.steps.count(), Run.objects.get().taken) == ("submitted", 1, 1)
    assert Letter.objects.filter(kind="enrolment_received").count() == 1


def test_l3_a_result_is_entered_once_and_the_colleague_who_is_late_changes_nothing() -> None:
    by = a_registrar()
    run = a_run_of(by)
    row = enrolled(an_application(run), by)
    over(run)
    yesterday = (timezone.localdate() - DAY).isoformat()
    form = {
        "mark": "passed",
        "attested_on": yesterday,
        "issued_on": yesterday,
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
    }
    browser, path = signed_in(by.account), f"/organisation/applications/{row.pk}/result/"

    answers = clicked(browser, path, form)
    changed = browser.post(path, {**form, "number": "772400999999"})

    made, entry = Completion.objects.get(), LedgerEntry.objects.get()
    assert [status for status, _address in answers] == [302, *[422] * (CLICKS - 1)]
    assert "Результат этого слушателя уже внесён" in changed.content.decode()
    assert (made.number, entry.origin, entry.credits) == ("772400123456", f"application:{row.pk}", 36)
    assert Letter.objects.filter(kind="enrolment_credited").count() == 1
    assert faults() == []


def test_l3_a_certificate_is_asked_for_once_however_often_its_form_is_sent() -> None:
    browser = signed_in(a_specialist().account)
    form = {"employer": "Поликлиника № 4", "form_key": "a" * 32}

    answers = clicked(browser, "/specialist/certificates/", form)
    changed = browser.post("/specialist/certificates/", {**form, "employer": "Больница № 7"})

    row = EducationalCertificate.objects.get()
    assert answers == [(302, f"/specialist/certificates/{row.pk}/")] * CLICKS
    assert changed.status_code == 422
    assert "Эта форма уже отправлена с другими данными" in changed.content.decode()
