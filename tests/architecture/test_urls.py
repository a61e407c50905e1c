"""The table of addresses is complete, and each answers each role as it says (promise Z1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests.architecture.urls import ARGUMENTS, GUEST, OPERATOR, ORGANISATION, SPECIALIST, TABLE
from tests.builders import a_member, a_specialist, an_operator, an_organisation, lists, signed_in

from nmfo.accounts.models import AgreementVersion


def named(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, list[str]]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from named(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}", list(pattern.pattern.converters)


ALL = dict(named(get_resolver().url_patterns))


def address(name: str) -> str:
    arguments = {key: ARGUMENTS[key] for key in ALL[name]}
    if name == "public:agreement-version":
        arguments["pk"] = AgreementVersion.objects.values_list("pk", flat=True)[0]
    return reverse(name, kwargs=arguments)


def test_every_address_stands_in_the_table() -> None:
    assert set(ALL) == set(TABLE)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [GUEST, SPECIALIST, OPERATOR, ORGANISATION])
def test_every_address_answers_as_the_table_says(role: int) -> None:
    lists()
    browser = Client()
    if role == SPECIALIST:
        signed_in(a_specialist().account, browser)
    if role == OPERATOR:
        signed_in(an_operator(), browser)
    if role == ORGANISATION:
        signed_in(a_member(an_organisation()), browser)

    answers = {name: browser.get(address(name)).status_code for name in TABLE}

    assert answers == {name: expected[role] for name, expected in TABLE.items()}
