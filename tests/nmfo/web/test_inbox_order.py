"""O-04: the inbox by term, by the mark of the register, by surname; one mark alone."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import a_specialist, signed_in
from tests.enrolment_builders import DAY, a_registrar, a_run_of, an_application
from tests.nmfo.web.test_statements_items import statements

from foundation.vault.cipher import blind
from nmfo.catalogue.models import Run
from nmfo.enrolment.models import Application
from nmfo.organisations.models import Member
from nmfo.specialists.models import RegisterPerson
from nmfo.specialists.queries import register_marks_of
from nmfo.web.organisation.applications import inbox

pytestmark = pytest.mark.django_db
SURNAMES = ("Ахметова", "Белова", "Егорова", "Соколова")


@pytest.fixture
def by(db: None) -> Member:
    return a_registrar()


@pytest.fixture
def browser(by: Member) -> Client:
    return signed_in(by.account)


@pytest.fixture
def rows(by: Member) -> dict[str, Application]:
    """Four people: Белова stands in the register, Егорова under another name, the others are not there."""
    run = a_run_of(by)
    made = {}
    for number, surname in enumerate(reversed(SURNAMES)):
        row = an_application(run, a_specialist(surname=surname))
        Application.objects.filter(pk=row.pk).update(due_on=timezone.localdate() + number * DAY)
        made[surname] = row
    for surname, named in (("Белова", "Белова"), ("Егорова", "Иная")):
        account = made[surname].specialist.account
        in_register(account, named)
    return made


def in_register(account: Any, surname: str) -> None:
    person = RegisterPerson(
        source_key=f"person-{account.pk}",
        snils_index=blind(account.snils, purpose="snils"),
        checksum="0" * 64,
        updated_at=timezone.now(),
        details={
            "snils": account.snils,
            "surname": surname,
            "first_name": account.first_name,
            "patronymic": account.patronymic,
            "birth_date": account.birth_date.isoformat(),
        },
    )
    person.save(force_insert=True)


def listed(browser: Client, **query: Any) -> list[str]:
    answer = browser.get("/organisation/applications/", query)
    assert answer.status_code == 200
    body = html.unescape(answer.content.decode()).partition("<tbody>")[2]
    return [name for name in re.findall(r"(\w+)\s[А-Я]\.", body) if name in SURNAMES]


def first_seen(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def test_the_list_is_by_term_and_may_be_turned_round(browser: Client, rows: dict[str, Application]) -> None:
    by_term = [*reversed(SURNAMES)]

    assert first_seen(listed(browser)) == by_term
    assert first_seen(listed(browser, sort="due")) == by_term
    assert first_seen(listed(browser, sort="-due")) == [*SURNAMES]
    assert first_seen(listed(browser, sort="name")) == [*SURNAMES]
    assert first_seen(listed(browser, sort="sent")) == [*SURNAMES]
    assert first_seen(listed(browser, sort="odd")) == by_term


def test_by_the_register_doubtful_ones_come_first_each_by_term(browser: Client, rows: dict[str, Application]) -> None:
    assert first_seen(listed(browser, sort="register")) == ["Егорова", "Соколова", "Ахметова", "Белова"]


@pytest.mark.parametrize(
    ("mark", "names"), [("match", ["Белова"]), ("other", ["Егорова"]), ("none", ["Соколова", "Ахметова"])]
)
def test_one_mark_alone(browser: Client, rows: dict[str, Application], mark: str, names: list[str]) -> None:
    assert first_seen(listed(browser, mark=mark)) == names
    assert first_seen(listed(browser, mark=mark, sort="name")) == sorted(names)
    marks = register_marks_of([row.specialist.account for row in rows.values()])
    assert all(marks[rows[name].specialist.account_id] == mark for name in names)


def test_the_header_says_the_order_and_links_keep_the_filters(browser: Client, rows: dict[str, Application]) -> None:
    text = browser.get("/organisation/applications/", {"mark": "none"}).content.decode()
    assert 'aria-sort="ascending"' in text
    assert "mark=none&amp;sort=-due" in text
    text = browser.get("/organisation/applications/", {"sort": "register"}).content.decode()
    assert 'aria-sort="other"' in text
    assert "Показать всё" in browser.get("/organisation/applications/", {"mark": "match"}).content.decode()


def test_tabs_lead_where_their_figures_count(browser: Client, rows: dict[str, Application]) -> None:
    asked = {"mark": "match", "basis": rows["Белова"].basis, "sort": "name"}
    text = browser.get("/organisation/applications/", asked).content.decode()
    nav = text.partition('class="tabs')[2].partition("</nav>")[0]
    links = [html.unescape(link) for link in re.findall(r'href="(\?[^"]*|/[^"]*)"', nav)]

    assert links
    assert not [link for link in links if "mark=match" in link]
    assert all(f"basis={asked['basis']}" in link and "sort=name" in link for link in links)


def test_who_has_more_than_can_be_compared_is_told_so(
    browser: Client, rows: dict[str, Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_MOST_MARKED", 3)

    text = browser.get("/organisation/applications/", {"mark": "none"}).content.decode()

    assert "С регистром сверены первые 3." in text
    assert first_seen(listed(browser, mark="none")) == ["Соколова"]


def test_the_order_costs_the_same_for_one_and_for_many(by: Member, browser: Client) -> None:
    run: Run = a_run_of(by)
    an_application(run, a_specialist(surname="Соколова"))
    path = "/organisation/applications/?sort=register&mark=none"
    one = statements(browser, path)
    for surname in SURNAMES[:3]:
        an_application(run, a_specialist(surname=surname))

    assert statements(browser, path) == one
