"""Coming back: a closed account by its temporary password, and what wants a fresh proof."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import PASSWORD, a_specialist, an_account, an_operator, facts, signed_in

from foundation.mail.models import Letter
from foundation.signin.models import Session
from nmfo.accounts.models import Account
from nmfo.accounts.operations.closing import close_account
from nmfo.accounts.operations.recovering import answer_recovery, ask_recovery

NEW = "тополь-якорь-5512-омут"


def recovery_letter(account: Account, now: dt.datetime) -> str:
    row = ask_recovery(snils=account.snils, form_key=f"k{now.timestamp()}", language="ru", facts=facts(), now=now)
    letter = answer_recovery(row.pk, now=now)
    assert letter is not None
    return letter.secret("temporary_password")


@pytest.mark.django_db
def test_a_closed_account_opens_again_by_the_temporary_password_of_its_recovery() -> None:
    account, now, browser = a_specialist().account, timezone.now(), Client()
    close_account(account=account, facts=facts(), now=now)
    password = recovery_letter(account, now)
    assert "Кабинет закрыт" in (Letter.objects.get(kind="new_password").text or "")

    assert browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD}).status_code == 422
    assert browser.post("/sign-in/", {"login": account.snils, "password": password}).headers["Location"] == (
        "/password/first/"
    )
    browser.post("/password/first/", {"password": NEW})

    account.refresh_from_db()
    assert account.state == "active"
    assert "Согласие с текстами" in browser.get("/specialist/", follow=True).content.decode()


@pytest.mark.django_db
def test_an_account_closed_long_ago_stays_closed() -> None:
    account = a_specialist().account
    password = recovery_letter(account, timezone.now())
    close_account(account=account, facts=facts(), now=timezone.now())
    Account.objects.filter(pk=account.pk).update(closed_at=timezone.now() - dt.timedelta(days=31))

    assert Client().post("/sign-in/", {"login": account.snils, "password": password}).status_code == 422
    account.refresh_from_db()
    assert account.state == "closed"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("post", "/specialist/my-data/"), ("get", "/specialist/my-data/export/")])
def test_closing_and_the_archive_want_a_fresh_proof(method: str, path: str) -> None:
    account = a_specialist().account
    browser = signed_in(account)
    row = Session.objects.filter(account=account).latest("pk")
    row.data = {**row.data, "authenticated_at": timezone.now().timestamp() - 1200}
    row.save(update_fields=["data"])

    answer = getattr(browser, method)(path, {"sure": "on"})

    assert answer.headers["Location"].startswith("/settings/again/?next=%2Fspecialist%2Fmy-data%2F")
    account.refresh_from_db()
    assert account.state == "active"


@pytest.mark.django_db
def test_snils_and_e_mail_of_one_person_are_counted_together() -> None:
    account, browser = an_account(), Client()
    for _try in range(2):
        browser.post("/sign-in/", {"login": account.snils, "password": "не тот пароль"})

    answer = browser.post("/sign-in/", {"login": account.email, "password": PASSWORD})

    assert answer.status_code == 422  # the right password, but by now the human check is asked for
    assert "human_tick" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["portalnmfo2026", "qwertyuiop12", "qwerty123456", "{email}"])
def test_passwords_that_would_be_guessed_are_refused(password: str) -> None:
    account = a_specialist().account
    browser = signed_in(account)

    answer = browser.post(
        "/settings/password/", {"current": PASSWORD, "password": password.format(email=account.email)}
    )

    assert answer.status_code == 422
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


@pytest.mark.django_db
def test_the_present_password_is_no_new_one() -> None:
    browser = signed_in(a_specialist().account)

    answer = browser.post("/settings/password/", {"current": PASSWORD, "password": PASSWORD})

    assert "Это ваш нынешний пароль" in answer.content.decode()


@pytest.mark.django_db
def test_people_are_found_with_and_without_the_dots_of_yo() -> None:
    an_account(surname="Ёлкина")
    operator = signed_in(an_operator())

    found = [operator.post("/operator/people/", {"q": typed}).content.decode() for typed in ("елк", "Ёлк", "ЕЛКИНА")]

    assert ["Ёлкина" in page for page in found] == [True, True, True]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/register/", {"human_digits": "²²²²²"}),
        ("/register/", {"human_work": "W1tbW1tb" * 400}),
        ("/register/", {"birth_date_0": "9" * 400, "birth_date_1": "9" * 400, "birth_date_2": "1990"}),
        ("/sign-in/passkey/", {"answer": "[" * 3000}),
    ],
)
def test_strange_figures_and_deep_nesting_are_wrong_answers_not_failures(path: str, values: dict[str, str]) -> None:
    browser = Client(raise_request_exception=False)
    browser.get(path)

    assert browser.post(path, values).status_code in {302, 422}


@pytest.mark.django_db
def test_strange_figures_are_no_code_of_the_second_step() -> None:
    operator, browser = an_operator(), Client(raise_request_exception=False)
    browser.post("/sign-in/", {"login": operator.snils, "password": PASSWORD})

    assert browser.post("/sign-in/factor/", {"code": "²²²²²²"}).status_code == 422


@pytest.mark.django_db
def test_a_form_in_another_encoding_is_refused_with_a_page() -> None:
    browser = Client(raise_request_exception=False)

    answer = browser.post("/register/", b"a=b", content_type="application/x-www-form-urlencoded; charset=utf-7")

    assert answer.status_code == 400
    assert "Запрос" in answer.content.decode()


@pytest.mark.django_db
def test_too_much_text_gets_the_page_that_says_so() -> None:
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.get("/register/")

    assert browser.post("/register/", {"surname": "а" * 3_000_000}).status_code == 413
