from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from tests.applicants import approve, in_review
from tests.builders import an_operator, facts, signed_in

from nmfo.organisations.models import CabinetApplication, Organisation
from nmfo.organisations.operations.reviewing import approve_application
from nmfo.organisations.rules import SecondEyes


def press(pk: int, browser: Client) -> int:
    """The button of the page of approval, pressed in an operator's browser."""
    row = CabinetApplication.objects.get(pk=pk)
    return browser.post(f"/operator/organisations/{pk}/approve/", {"revision": row.revision}).status_code


@pytest.mark.django_db
def test_z4_one_operator_cannot_open_a_cabinet_however_often_they_approve() -> None:
    operator = an_operator()
    row, _token = in_review(operator)

    browser = signed_in(operator)
    assert press(row.pk, browser) == 302
    assert press(row.pk, browser) == 422

    assert Organisation.objects.count() == 0


@pytest.mark.django_db
def test_z4_a_second_operator_opens_it() -> None:
    row, _token = in_review()

    assert press(row.pk, signed_in(an_operator())) == 302
    assert press(row.pk, signed_in(an_operator())) == 302

    assert Organisation.objects.get().inn == row.inn


@pytest.mark.django_db
def test_z4_a_second_account_of_the_same_person_does_not_help() -> None:
    first, second = an_operator(), an_operator()
    second.snils = first.snils  # the index, which would refuse it, is another one: a row of a time before a rule
    second.save(update_fields=["snils"])
    row, _token = in_review()
    row = approve(row, first)

    with pytest.raises(SecondEyes):
        approve_application(application_id=row.pk, revision=row.revision, by=second, facts=facts(), now=timezone.now())

    assert Organisation.objects.count() == 0
