from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from tests.architecture.test_urls import address
from tests.architecture.urls import TABLE
from tests.builders import a_specialist, an_account, an_operator, facts, lists, registration_details, signed_in
from tests.nmfo.web.test_pages import OPERATOR, PUBLIC, SPECIALIST
from tests.support.faults import state

from foundation.mail.models import Letter
from nmfo.accounts.operations.changing import ask_email_change
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery
from nmfo.accounts.operations.registering import answer_registration, register_person

# What a look may leave: the session's last moment and what is asked in it, and that staff or the owner has looked.
LOOKS = ("signin_session", "audit_entry")
FROM_BROWSERS = {"csp-report"}  # a report of the browser itself carries no token, and changes nothing
FROM_LETTERS = {"public:saved-stop"}  # mail programs press the button; the link is the token, and only stops letters


@pytest.mark.django_db
def test_s2_no_form_goes_without_the_token() -> None:
    lists()
    browser = Client(enforce_csrf_checks=True)
    signed_in(an_operator(), browser)  # even when the session is open

    kept = set(TABLE) - FROM_BROWSERS - FROM_LETTERS
    answers = {name: browser.post(address(name)).status_code for name in kept}

    assert {name: status for name, status in answers.items() if status != 403} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_s2_a_form_from_elsewhere_is_refused(site: str) -> None:
    browser = signed_in(an_account())

    answers = {browser.post(address(name), headers={"Sec-Fetch-Site": site}).status_code for name in TABLE}

    assert answers == {400}
    assert browser.post("/settings/sessions/end-others/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 302


@pytest.mark.django_db
def test_s2_opening_every_page_changes_nothing() -> None:
    lists()
    stranger, doctor, operator = Client(), signed_in(a_specialist().account), signed_in(an_operator())
    looks = [(stranger, PUBLIC), (doctor, SPECIALIST), (operator, OPERATOR)]
    looks += [(who, tuple(address(name) for name in TABLE)) for who in (stranger, doctor, operator)]

    before = state(*LOOKS)
    for who, paths in looks:
        for path in paths:
            who.get(path)

    assert changed(before) == []


def changed(before: dict[str, str]) -> list[str]:
    return [table for table, digest in state(*LOOKS).items() if digest != before[table]]


@pytest.mark.django_db
def test_s2_opening_a_link_of_a_letter_uses_nothing_up() -> None:
    account, now = an_account(), timezone.now()
    row = register_person(details=registration_details(), form_key="k", language="ru", facts=facts(), now=now)
    answer_registration(row.pk, now=now)
    ask_email_change(account=account, email="new@nmfo.example", facts=facts(), now=now)
    links = {letter.kind: letter.secret("link") for letter in Letter.objects.all()}
    paths = [
        f"/register/confirm/{links['confirm_registration']}/", f"/e-mail/confirm/{links['email_confirm']}/",
        f"/e-mail/undo/{links['email_changing']}/",
    ]  # fmt: skip
    before = state(*LOOKS)

    answers = [Client().get(path) for path in paths for _scanner in range(2)]

    assert [b"csrfmiddlewaretoken" in answer.content for answer in answers] == [True] * 6
    assert changed(before) == []


@pytest.mark.django_db
def test_s2_nor_does_opening_a_recovery_link(settings: object) -> None:
    settings.RECOVERY_MODE = "link"  # type: ignore[attr-defined]
    asked = ask_recovery(snils=an_account().snils, form_key="k", language="ru", facts=facts(), now=timezone.now())
    letter = answer_recovery(asked.pk, now=timezone.now())
    assert letter is not None
    before = state(*LOOKS)

    Client().get(f"/recover/{letter.secret('link')}/")

    assert changed(before) == []
