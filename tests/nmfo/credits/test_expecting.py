from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_specialist
from tests.credit_builders import a_programme

from nmfo.credits.models import Expectation, ExpectationStep
from nmfo.credits.operations.expecting import expect
from nmfo.credits.rules.words import Holder, Source


@pytest.mark.django_db
def test_another_day_of_what_is_awaited_is_kept_though_nobody_has_to_act_otherwise() -> None:
    doctor, version, today = a_specialist(), a_programme(), timezone.localdate()

    for days in (5, 9):
        expect(
            specialist_id=doctor.pk,
            version=version,
            source=Source.COMPLETION,
            origin="application:7",
            began_on=today + dt.timedelta(days=days),
            holder=Holder.ORGANISATION,
            due_on=None,
            now=timezone.now(),
        )

    assert Expectation.objects.get().began_on == today + dt.timedelta(days=9)
    assert ExpectationStep.objects.count() == 1
