from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import signed_in
from tests.enrolment_builders import DAY, a_registrar, a_run_of, an_application, enrolled, over

from nmfo.credits.models import LedgerEntry


@pytest.mark.django_db
def test_z2_what_a_form_says_of_credits_changes_nothing() -> None:
    by = a_registrar()
    run = a_run_of(by)
    row = enrolled(an_application(run), by)
    over(run)
    yesterday = (timezone.localdate() - DAY).isoformat()
    sent = {
        "mark": "passed",
        "attested_on": yesterday,
        "issued_on": yesterday,
        "series": "ПК",
        "number": "772400123456",
        "registration_number": "118/26",
        "credits": "144",
        "version": "999",
        "specialist": "1",
        "earned_on": "2030-01-01",
    }

    signed_in(by.account).post(f"/organisation/applications/{row.pk}/result/", sent)

    entry = LedgerEntry.objects.get()
    assert (entry.credits, entry.version_id, entry.specialist_id, entry.earned_on.isoformat()) == (
        36,
        row.version_id,
        row.specialist_id,
        yesterday,
    )
