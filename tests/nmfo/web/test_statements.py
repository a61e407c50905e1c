"""How many statements pages cost: exact, so that a loop over queries cannot slip in (performance.md 2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import PASSWORD, a_specialist, an_account, an_operator, facts, signed_in
from tests.nmfo.web.test_pages import OPERATOR, SPECIALIST

from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from foundation.signin.events import record_event
from nmfo.specialists.models import Dispute, Specialist
from nmfo.specialists.operations.documents import DocumentFacts, add_document
from nmfo.specialists.rules import DocumentKind

MOST = 13
MOST_OF_THE_EXPORT = 29  # one for each kind of thing that the portal knows of a person
MOST_OF_THE_QUEUE = 9  # first rows of each kind that waits, and all counts at once
Queries = Callable[[int], AbstractContextManager[object]]


@pytest.mark.django_db
def test_sign_in_by_a_browser_the_account_knows(django_assert_num_queries: Queries) -> None:
    account = an_account()
    browser = signed_in(account)
    browser.post("/sign-out/")

    with django_assert_num_queries(15):
        answer = browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD})

    assert answer.status_code == 302


def statements(browser: Client, paths: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for path in paths:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(path).status_code == 200, path
        found[path] = len(seen)
    return found


def more_of_everything(specialist: Specialist, number: int) -> None:
    """Letters, documents, disputes, history, sessions and failed jobs."""
    account, now = specialist.account, timezone.now()
    letter = put_letter(
        kind="password_changed",
        to=account.email,
        account_id=account.pk,
        language="ru",
        values={"person": account, "at": now, "network": "n"},
        key=f"many{number}",
        now=now,
    )
    Letter.objects.filter(pk=letter.pk).update(delivery="refused")
    add_document(
        specialist=specialist,
        facts_of_it=DocumentFacts(
            kind=DocumentKind.EDUCATION, title="Диплом", number=str(number), issued_on=now.date()
        ),
        scans=[],
        today=now.date(),
        facts=facts(),
        now=now,
    )
    Dispute.objects.create(
        specialist=specialist, row_key=f"k{number}", row_title="Строка", text="Это ошибка", opened_at=now
    )
    record_event(account.pk, "wrong_password", facts(), now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('urgent', 'no.such.task', 'failed')"
        )
    signed_in(account)


@pytest.mark.django_db
def test_no_page_asks_more_when_there_is_more_to_show() -> None:
    specialist, operator = a_specialist(), an_operator()
    doctor, staff = signed_in(specialist.account), signed_in(operator)
    for number in range(2):
        more_of_everything(specialist, number)
    statements(staff, OPERATOR)  # the first look builds the index of the search
    few = statements(doctor, SPECIALIST), statements(staff, OPERATOR)

    for number in range(2, 14):
        more_of_everything(specialist, number)
    for _more in range(5):
        more_of_everything(a_specialist(), 100 + _more)

    assert (statements(doctor, SPECIALIST), statements(staff, OPERATOR)) == few
    assert few[0].pop("/specialist/my-data/export/") <= MOST_OF_THE_EXPORT
    assert max(few[0].values()) <= MOST
    assert few[1].pop("/operator/") <= MOST_OF_THE_QUEUE
    assert max(few[1].values()) <= MOST
