from __future__ import annotations

import pytest
from tests.builders import an_account, an_operator, signed_in

from foundation.audit.models import Entry


@pytest.mark.django_db
def test_p6_staff_sees_masked_values_and_opening_takes_a_reason_and_is_recorded() -> None:
    person, browser = an_account(), signed_in(an_operator())
    path = f"/operator/people/{person.pk}/"

    masked = browser.get(path).content.decode()
    without = browser.post(path, {"reason": ""})
    opened = browser.post(path, {"reason": "обращение 448-2211"}).content.decode()

    assert person.email not in masked
    assert without.status_code == 422
    assert person.email in opened
    entry = Entry.objects.get(action="people.opened")
    assert (entry.subject_id, entry.reason) == (person.pk, "обращение 448-2211")
    assert Entry.objects.filter(action="people.looked_at", subject_id=person.pk).count() == 3


@pytest.mark.django_db
def test_p6_mass_opening_is_stopped_and_recorded() -> None:
    person, browser = an_account(), signed_in(an_operator())

    answers = [browser.post(f"/operator/people/{person.pk}/", {"reason": "r"}).status_code for _ in range(31)]

    assert answers == [200] * 30 + [422]
    assert Entry.objects.filter(action="people.too_many_opened").count() == 1
