from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests.architecture.test_urls import address
from tests.architecture.urls import TABLE
from tests.builders import a_specialist, an_account, an_operator, facts, signed_in

from foundation.audit.models import Entry
from foundation.identifiers import phone, snils
from foundation.mail.models import Letter
from foundation.mail.operations import words_of
from nmfo.accounts.models import Account
from nmfo.accounts.operations.closing import close_account
from nmfo.specialists.models import Dispute


def full_values(person: Account) -> list[str]:
    """What a page shows after it was opened with a reason."""
    return [snils.show(person.snils), person.email, phone.show(person.phone), "8\u00a0марта\u00a01985"]


@pytest.mark.django_db
def test_p6_staff_sees_masked_values_and_opening_takes_a_reason_and_is_recorded() -> None:
    person, browser = an_account(), signed_in(an_operator())
    path = f"/operator/people/{person.pk}/"

    masked = browser.get(path).content.decode()
    without = browser.post(path, {"reason": ""})
    opened = browser.post(path, {"reason": "обращение 448-2211"}).content.decode()

    assert [value for value in full_values(person) if value in masked + without.content.decode()] == []
    assert without.status_code == 422
    assert [value for value in full_values(person) if value not in opened] == []
    entry = Entry.objects.get(action="people.opened")
    assert (entry.subject_id, entry.reason) == (person.pk, "обращение 448-2211")
    assert Entry.objects.filter(action="people.looked_at", subject_id=person.pk).count() == 3


@pytest.mark.django_db
def test_p6_mass_opening_is_stopped_recorded_and_told_to_the_auditor(settings: Any) -> None:
    settings.AUDITOR_MAIL = "auditor@nmfo.example"
    person, operator = an_account(), an_operator()
    browser = signed_in(operator)

    answers = [browser.post(f"/operator/people/{person.pk}/", {"reason": "r"}).status_code for _ in range(32)]

    assert answers == [200] * 30 + [422] * 2
    assert Entry.objects.filter(action="people.too_many_opened").count() == 2
    letter = Letter.objects.get(kind="many_opened")
    assert letter.to == "auditor@nmfo.example"
    assert f"{operator.surname} {operator.first_name}" in words_of(letter).text


@pytest.mark.django_db
def test_p6_no_page_of_staff_shows_a_full_value_unasked() -> None:
    specialist, browser, now = a_specialist(email="anna.iv@nmfo.example"), signed_in(an_operator()), timezone.now()
    person = specialist.account
    dispute = Dispute(specialist=specialist, row_key="r", row_title="диплом", text="не так", opened_at=now)
    dispute.save(force_insert=True)
    close_account(account=person, facts=facts(), now=now)
    Letter.objects.update(delivery="refused", trouble="550 no such box")
    paths = [address(name) for name in TABLE if name.startswith("operator:") and TABLE[name][2] == 200]
    paths += [f"/operator/disputes/{dispute.pk}/", f"/operator/people/{person.pk}/"]
    typed = [person.snils, person.email, person.surname]

    shown = {path: browser.get(path).content.decode() for path in paths}
    shown |= {f"={query}": browser.post("/operator/people/", {"q": query}).content.decode() for query in typed}

    assert sum(person.surname in page for page in shown.values()) == 7
    values = [*full_values(person), person.snils, person.phone]
    assert [
        (path, value)
        for path, page in shown.items()
        for value in values
        if value in page and not path.endswith(f"={value}")  # what was typed stays in its field
    ] == []
