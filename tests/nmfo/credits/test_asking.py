"""Organisations that are late are asked once, and their people hear of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from tests.builders import a_member, a_specialist
from tests.credit_builders import awaited

from foundation.mail.models import Letter
from nmfo.credits.models import Expectation
from nmfo.credits.operations.asking import ask_organisations
from nmfo.credits.rules.words import Holder
from nmfo.organisations.rules import StaffRole

pytestmark = pytest.mark.django_db


def test_a_late_organisation_and_its_people_get_one_letter() -> None:
    doctor = a_specialist()
    row = awaited(doctor, days=-1)
    assert row.organisation is not None
    clerk = a_member(row.organisation, StaffRole.REGISTRAR)
    a_member(row.organisation, StaffRole.TEACHER)
    now = timezone.now()

    assert ask_organisations(now) == 1
    assert ask_organisations(now) == 0
    assert ask_organisations(now + dt.timedelta(days=3)) == 0

    written = Letter.objects.filter(kind__in=["results_overdue", "organisation_late"])
    assert sorted(written.values_list("kind", "account")) == [
        ("organisation_late", doctor.account_id),
        ("results_overdue", clerk.pk),
    ]
    words = Letter.objects.get(kind="results_overdue").text or ""
    assert "лушател" not in words  # what is late may be of an event
    assert "не доучился или не присутствовал" in words


def test_what_is_in_time_or_waits_for_others_is_left_alone() -> None:
    awaited(a_specialist(), days=0)
    awaited(a_specialist(), days=-5, holder=Holder.SPECIALIST)

    assert ask_organisations(timezone.now()) == 0
    assert not Expectation.objects.filter(asked_at__isnull=False).exists()
