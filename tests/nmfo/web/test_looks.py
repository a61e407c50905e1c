"""The dark page is the light one with another word in its first tag: who has checked one in a browser can turn it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.builders import a_specialist, signed_in
from tests.nmfo.web.test_pages import PUBLIC, SPECIALIST

SWITCH = re.compile(r'<form method="post" action="/look/".*?</form>', re.DOTALL)
OF_A_MOMENT = re.compile(r"[\w:.-]{20,}|\b[0-9A-F]{4}-[0-9A-F]{4}\b", re.ASCII)  # keys of forms, an answer's number


def as_seen(client: Client, path: str, theme: str) -> str:
    client.cookies["look"] = f"theme={theme}"
    answer = client.get(path)
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return ""
    page = answer.text
    first = re.search(r"<html.*?>", page, re.DOTALL)
    assert first is not None
    assert f'data-theme="{theme}"' in first[0]
    page = page.replace(first[0], first[0].replace(f'"{theme}"', '"any"'), 1)
    return OF_A_MOMENT.sub("", SWITCH.sub("", page))


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in PUBLIC if not path.startswith(("/human/", "/dev/mail"))])
def test_the_dark_public_page_is_the_light_one(client: Client, path: str) -> None:
    assert as_seen(client, path, "dark") == as_seen(client, path, "light")


@pytest.mark.django_db
def test_the_dark_pages_of_a_specialist_are_the_light_ones() -> None:
    client = signed_in(a_specialist().account)

    for path in SPECIALIST:
        assert as_seen(client, path, "dark") == as_seen(client, path, "light"), path
