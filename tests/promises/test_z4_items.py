from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import an_operator, signed_in
from tests.item_builders import a_submitted, a_writer

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.organisations.models import Member


@pytest.mark.django_db
def test_z4_what_a_person_submitted_another_publishes() -> None:
    by = a_writer()
    version = a_submitted(by)
    Account.objects.filter(pk=by.account_id).update(roles=["organisation", "operator"])
    own, other = signed_in(Account.objects.get(pk=by.account_id)), signed_in(an_operator())
    path = f"/operator/reviews/{version.pk}/publish/"

    refused = own.post(path, follow=True).content.decode()
    assert "Это подали вы или ваша организация" in refused
    assert Version.objects.get().state == "submitted"

    other.post(path)
    assert Version.objects.get().state == "published"


@pytest.mark.django_db
def test_z4_neither_does_a_colleague_of_the_organisation() -> None:
    by, colleague = a_writer(), an_operator()
    version = a_submitted(by)
    Member.objects.create(organisation=by.organisation, account=colleague, roles=["teacher"], joined_at=timezone.now())

    signed_in(colleague).post(f"/operator/reviews/{version.pk}/publish/")

    assert Version.objects.get().state == "submitted"


@pytest.mark.django_db
def test_z4_nor_does_an_author_who_works_there_no_more() -> None:
    by = a_writer()
    version = a_submitted(by)
    Member.objects.filter(pk=by.pk).update(left_at=timezone.now())
    Account.objects.filter(pk=by.account_id).update(roles=["operator"])

    signed_in(Account.objects.get(pk=by.account_id)).post(f"/operator/reviews/{version.pk}/publish/")

    assert Version.objects.get().state == "submitted"
