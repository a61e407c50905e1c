from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import a_specialist, facts
from tests.enrolment_builders import a_registrar, a_result, a_run_of, a_scan, a_wish, over

from foundation.audit.models import Entry
from nmfo.enrolment.operations import applying, deciding
from nmfo.enrolment.operations.completing import complete_application
from nmfo.enrolment.rules import ReasonMissing


@pytest.mark.django_db
def test_t1_the_way_of_an_application_is_told_step_by_step() -> None:
    by, listener = a_registrar(), a_specialist()
    run, now = a_run_of(by), timezone.now()
    where = facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")
    before = Entry.objects.count()

    row = applying.begin_application(
        specialist=listener, wish=a_wish(run), enclosures=[a_scan()], form_key="k", facts=where, now=now
    )
    applying.submit_application(specialist=listener, application_id=row.pk, may_wait=False, facts=where, now=now)
    common = {"application_id": row.pk, "seen": None, "by": by, "facts": where, "now": now}
    deciding.application_seen_by(by, pk=row.pk, facts=where)
    deciding.return_application(**common, asks="", text="Уточните")  # type: ignore[arg-type]
    applying.send_again(specialist=listener, application_id=row.pk, text="Вот", facts=where, now=now)
    deciding.accept_application(**common)  # type: ignore[arg-type]
    deciding.confirm_basis(**common, number="Д-1", on=None)  # type: ignore[arg-type]
    today = timezone.localdate(now)
    deciding.enrol_group(
        run_id=run.pk, chosen=[(row.pk, None)], number="1-к", issued_on=today, by=by, facts=where, now=now
    )
    over(run)
    complete_application(**common, result=a_result())  # type: ignore[arg-type]

    rows = list(Entry.objects.order_by("pk")[before:])
    assert [(one.action, one.actor_id, one.subject_id, one.ip, one.request_id) for one in rows] == [
        (f"enrolment.{what}", actor, row.pk, "203.0.113.5", "AB-CD")
        for what, actor in (
            ("begun", listener.account_id),
            ("document_added", listener.account_id),
            ("submitted", listener.account_id),
            ("looked_at", by.account_id),
            ("returned", by.account_id),
            ("review", listener.account_id),
            ("approved", by.account_id),
            ("confirmed", by.account_id),
            ("enrolled", by.account_id),
            ("completed", by.account_id),
            ("credited", None),
        )
    ]
    assert rows[6].before == {"state": "review"}
    assert rows[6].after["state"] == "approved"
    told = " ".join(str((one.before, one.after, one.reason)) for one in rows)
    assert not any(secret in told for secret in ("Уточните", "772400123456", listener.account.snils, "Д-1"))


@pytest.mark.django_db
def test_t1_a_refused_step_of_enrolment_leaves_no_row() -> None:
    by, listener = a_registrar(), a_specialist()
    run, now = a_run_of(by), timezone.now()
    row = applying.begin_application(specialist=listener, wish=a_wish(run), form_key="k", facts=facts(), now=now)
    applying.submit_application(specialist=listener, application_id=row.pk, may_wait=False, facts=facts(), now=now)
    before = Entry.objects.count()

    with pytest.raises(ReasonMissing):
        deciding.refuse_application(application_id=row.pk, seen=None, reason="", by=by, facts=facts(), now=now)

    assert Entry.objects.count() == before
