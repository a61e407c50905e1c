"""What an event of the demo gave is the same number for its organiser, for the ledger and for who was there."""

from __future__ import annotations

import re

import pyotp
import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import lists
from tests.cycle_builders import rules_in_force

from nmfo.accounts.models import Account
from nmfo.accounts.queries import account_by_snils
from nmfo.credits.models import LedgerEntry
from nmfo.credits.queries.ledger import balance_of
from nmfo.credits.queries.watching import credits_given_by
from nmfo.demo.groups import clerk_of, version_of
from nmfo.demo.loading import load_demo
from nmfo.demo.people import DOCTOR, PASSWORD, TOTP_SECRET
from nmfo.specialists.models import Specialist


def demo_browser(account: Account) -> Client:
    """Somebody of the demo who has signed in, second step included."""
    browser = Client()
    browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD})
    if account.roles:
        browser.post("/sign-in/factor/", {"code": pyotp.TOTP(TOTP_SECRET).now()})
    return browser


def words(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    page = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.django_db
def test_the_organiser_the_ledger_and_the_doctor_read_the_same_of_an_event() -> None:
    lists()
    rules_in_force()
    load_demo(timezone.now())
    version = version_of("elderly-conference")
    clerk, account = clerk_of(version), account_by_snils(DOCTOR.snils)
    assert account is not None
    doctor = Specialist.objects.get(account=account)
    desk, cabinet = demo_browser(clerk.account), demo_browser(account)

    listed = words(desk, "/organisation/events/")
    people = words(desk, f"/organisation/events/{version.item_id}/")
    confirmed = words(desk, f"/organisation/events/{version.item_id}/?tab=confirmed")
    first, ledger = words(cabinet, "/specialist/"), words(cabinet, "/specialist/credits/")

    given = LedgerEntry.objects.filter(item=version.item_id)
    assert {row.worth for row in given} == {version.credits} == {6}
    assert credits_given_by(version.item.organisation, [version.item_id]) == {version.item_id: 4 * 6}
    assert "Записано 6 из 300 мест Отмечены 5 Подтверждено 4 Не подтверждено 2" in people
    assert re.search(r"«Пожилой пациент: от приёма до дома» .*? 6 из 300 мест 0 Закрыт подтверждено: 4", listed)
    assert confirmed.count("Отменить начисление") == given.count() == 4
    assert "Соколова Марина Викторовна" in confirmed
    assert re.search(r"«Пожилой пациент: от приёма до дома» Участие подтвердил организатор .*? \+6 ", ledger)
    total = balance_of(doctor)
    assert f"На счету {total} ЗЕТ всего" in ledger
    outside = re.search(r"(\d+) ЗЕТ со счёта не ид", ledger)
    assert outside is not None
    assert f"{total - int(outside[1])} из 250 ЗЕТ" in first
