"""Letters let a person see that they are theirs (ux.md 9.7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, facts, signed_in
from tests.credit_builders import an_entry

from foundation.identifiers import snils
from foundation.mail.models import Letter
from nmfo.credits.operations.claiming import dispute_entry
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


def test_a_letter_of_security_names_the_end_of_the_snils_only() -> None:
    account = a_specialist().account
    for _device in range(2):
        signed_in(account)

    text = Letter.objects.get(kind="new_device").text or ""

    assert snils.mask(account.snils).replace(" ", "\u00a0") in text
    assert account.snils not in text
    assert snils.show(account.snils) not in text.replace("\u00a0", " ")


def a_letter_about_a_dispute(doctor: Specialist) -> Letter:
    given: dict[str, Any] = {"text": "Часов было больше", "facts": facts(), "now": timezone.now()}
    dispute_entry(specialist=doctor, entry_id=an_entry(doctor).pk, form_key="a", **given)
    return Letter.objects.get(kind="claim_opened")


def test_letters_are_written_in_the_language_that_one_chose_in_the_header() -> None:
    doctor = a_specialist()
    signed_in(doctor.account).post("/language/", {"language": "en"})
    doctor.refresh_from_db()

    letter = a_letter_about_a_dispute(doctor)

    assert letter.subject.startswith("Request ")
    assert "It is about entry No. " in (letter.text or "")
    assert letter.language == "en"


def test_a_stranger_and_a_language_that_is_not_spoken_change_no_letters() -> None:
    doctor = a_specialist()
    Client().post("/language/", {"language": "en"})
    signed_in(doctor.account).post("/language/", {"language": "de"})
    doctor.refresh_from_db()

    assert a_letter_about_a_dispute(doctor).language == "ru"
