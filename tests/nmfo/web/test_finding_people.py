"""B-07: whom an operator finds, and what the page says of how to look."""

from __future__ import annotations

import pytest
from tests.builders import a_specialist, an_operator, signed_in

from foundation.audit.models import Entry as Trail
from foundation.identifiers import snils

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Соколова", True),
        ("сокол", True),
        ("Соколова Марина", True),
        ("Марина  Соколова", True),
        ("Соколова М", True),
        ("Соколова Марина Семенов", True),
        ("Марина Семёновна Соколова", True),
        ("Соколова Ольга", False),
        ("Соколова Марина Петровна", False),
        ("Марина", False),
    ],
)
def test_a_person_is_found_by_the_names_in_any_order_from_the_surname(typed: str, found: bool) -> None:
    person = a_specialist(surname="Соколова", first_name="Марина", patronymic="Семёновна").account

    page = signed_in(an_operator()).post("/operator/people/", {"q": typed}).content.decode()

    assert (f'href="/operator/people/{person.pk}/"' in page) == found
    assert ("с именем или без него" in page) != found


def test_a_number_with_a_typing_error_is_said_to_have_one() -> None:
    right = a_specialist().account.snils
    wrong = snils.show(right[:-1] + str((int(right[-1]) + 1) % 10))
    browser = signed_in(an_operator())

    mistyped = browser.post("/operator/people/", {"q": wrong})
    short = browser.post("/operator/people/", {"q": "112-233-445"})

    assert "В СНИЛС опечатка" in mistyped.content.decode()
    assert "Никого не нашли" not in mistyped.content.decode()
    assert "все 11 цифр СНИЛС" in short.content.decode()
    assert not Trail.objects.filter(action="people.searched").exists()
