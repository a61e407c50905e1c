"""What the specialist's pages say and do beyond opening."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, an_account, an_operator, facts, lists, signed_in

from nmfo.accounts.operations.looking import person_seen_by, reveal_person
from nmfo.specialists.models import Dispute, Document, Specialist
from nmfo.specialists.operations import documents as documenting
from nmfo.specialists.operations.importing import import_register

pytestmark = pytest.mark.django_db
LEVEL = "Сестринское дело"


def _in_the_register(specialist: Specialist, folder: Path) -> None:
    account = specialist.account
    line = {
        "oid": "r1",
        "snils": account.snils,
        "surname": account.surname,
        "first_name": account.first_name,
        "birth_date": account.birth_date.isoformat(),
        "certificate": [{"id": "c1", "title": "Сертификат", "specialty": LEVEL, "number": "1"}],
        "education": [{"id": "e1", "title": "Диплом", "specialty": LEVEL, "number": "2"}],
        "employment": [{"id": "w1", "title": "Медицинская сестра", "organisation": "Больница"}],
    }
    path = folder / "register.jsonl"
    path.write_text(json.dumps(line, ensure_ascii=False))
    import_register(path, now=timezone.now())


def test_one_button_confirms_what_has_no_answer_yet(tmp_path: Path) -> None:
    specialist = a_specialist()
    _in_the_register(specialist, tmp_path)
    browser = signed_in(specialist.account)

    assert "Всё верно" in browser.get("/welcome/check/").text
    assert browser.post("/welcome/check/", {"all_right": "1"}).status_code == 302

    assert Document.objects.filter(specialist=specialist, trust="register").count() == 2
    assert "Всё верно" not in browser.get("/welcome/check/").text


def test_a_confirmed_row_can_still_be_disputed(tmp_path: Path) -> None:
    specialist = a_specialist()
    _in_the_register(specialist, tmp_path)
    browser = signed_in(specialist.account)
    browser.post("/welcome/check/", {"all_right": "1"})

    browser.post("/welcome/check/", {"key": "r1/certificate/c1", "text": "Номер не тот"})

    assert "сообщено об ошибке" in browser.get("/welcome/check/").text


def test_an_operator_sees_what_the_register_says_beside_the_words_of_the_person(tmp_path: Path) -> None:
    specialist = a_specialist()
    _in_the_register(specialist, tmp_path)
    signed_in(specialist.account).post("/welcome/check/", {"key": "r1/education/e1", "text": "Номер 22"})

    page = signed_in(an_operator()).get(f"/operator/disputes/{Dispute.objects.get().pk}/").text

    assert "Номер 22" in page
    assert "Диплом<br>" in page
    assert "2<br>" in page


def test_the_nearest_end_comes_first_and_an_extension_moves_it() -> None:
    specialist = a_specialist()
    today = dt.date(2026, 11, 25)
    for until in ("2026-11-24", "2028-01-01", "2026-12-01"):
        documenting.add_document(
            specialist=specialist,
            facts_of_it=documenting.DocumentFacts(
                kind="certificate", issuer=until, number="1", valid_until_on=dt.date.fromisoformat(until)
            ),
            scans=[],
            today=today,
            facts=facts(),
            now=timezone.now(),
        )
    Document.objects.filter(issuer="2026-12-01").update(extended_until_on=dt.date(2029, 1, 1))

    with time_machine.travel(dt.datetime(2026, 12, 2, 9, tzinfo=dt.UTC)):
        browser = signed_in(specialist.account)
        assert "осталось 395 дней" in browser.get("/specialist/").text
        assert "срок истёк" in browser.get("/specialist/documents/").text


def test_a_person_sees_who_looked_at_the_card_and_why() -> None:
    specialist, operator = a_specialist(), an_operator()
    account, now = specialist.account, timezone.now()
    person_seen_by(operator, pk=account.pk, facts=facts(), now=now)
    reveal_person(account_id=account.pk, by=operator, reason="Обращение 12 о почте", facts=facts(), now=now)

    page = signed_in(account).get("/specialist/my-data/").text

    assert page.index("Обращение 12 о почте") < page.index("данные были скрыты")
    assert "Обращение 12 о почте" not in signed_in(a_specialist().account).get("/specialist/my-data/").text


def test_the_home_page_offers_no_registration_to_those_who_are_in() -> None:
    lists()

    assert "Ещё нет кабинета?" in Client().get("/").text
    assert "Ещё нет кабинета?" not in signed_in(an_account()).get("/").text


def test_the_page_that_is_not_there_offers_a_search() -> None:
    lists()
    answer = Client().get("/nothing/")

    assert answer.status_code == 404
    assert 'action="/help/" role="search"' in answer.text
