"""The organisation's report of credits: the same sums as the ledger, of its own days, for those who see listeners."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import (
    a_member,
    a_specialist,
    a_specialty,
    a_version,
    an_item,
    an_operator,
    an_organisation,
    facts,
    published,
    signed_in,
)
from tests.credit_builders import a_batch, an_entry, an_event, code_in
from tests.cycle_builders import a_reversal

from foundation.files.spreadsheets import XLSX, open_table
from nmfo.catalogue.models import Version
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.posting import post, post_without_version
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.queries.reporting import Figures, ReportRow, report_rows_of, report_totals_of
from nmfo.credits.rules.words import Part, Source
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db
PAGE = "/organisation/report/"
MOSCOW = dt.timezone(dt.timedelta(hours=3))


def a_programme_of(organisation: Organisation, title: str = "Анемии в практике терапевта") -> Version:
    return published(a_version(an_item("programme", organisation), a_specialty(), title=title))


def by_hand(doctor: Specialist, organisation: Organisation, title: str = "Курс 2019 года") -> LedgerEntry:
    return post_without_version(
        specialist_id=doctor.pk,
        source=Source.MANUAL,
        origin=f"proposal:{title}",
        title=title,
        part=Part.PROGRAMME,
        worth=10,
        earned_on=timezone.localdate(),
        by=an_operator(),
        now=timezone.now(),
        reason="По копии удостоверения",
        organisation_id=organisation.pk,
    )


def present(doctor: Specialist, event: Version) -> LedgerEntry:
    return post(
        specialist_id=doctor.pk,
        version=event,
        source=Source.PRESENCE,
        origin=f"presence:{doctor.pk}",
        earned_on=timezone.localdate(),
        by=None,
        now=timezone.now(),
    )


def whole(
    organisation: Organisation, since: str = "2000-01-01", until: str = "2099-12-31", part: str = ""
) -> list[ReportRow]:
    return report_rows_of(
        organisation, since=dt.date.fromisoformat(since), until=dt.date.fromisoformat(until), part=part
    )


def text_of(browser: Client, query: str = "", status: int = 200) -> str:
    answer = browser.get(f"{PAGE}{query}")
    assert answer.status_code == status
    words = re.sub(r"<[^>]*>", " ", html.unescape(answer.content.decode()).partition("<main")[2])
    return " ".join(words.replace("\u00a0", " ").split())


def test_the_report_is_the_ledger() -> None:
    organisation = an_organisation()
    programme, event = a_programme_of(organisation), an_event(organisation, title="Конференция терапевтов")
    first, second, third = a_specialist(), a_specialist(), a_specialist()
    an_entry(first, programme)
    wrong = an_entry(second, programme)
    a_reversal(wrong)
    an_entry(third, programme)
    an_entry(third, programme)  # another run of the same
    present(first, event)
    redeem_code(specialist=second, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    by_hand(third, organisation)
    an_entry(first, a_programme_of(an_organisation(), "Чужая программа"))

    rows = whole(organisation)
    totals = report_totals_of(organisation, since=dt.date(2000, 1, 1), until=dt.date(2099, 12, 31))

    assert rows == [
        ReportRow(programme.item_id, "programme", "Анемии в практике терапевта", Figures(2, 144, 36)),
        ReportRow(None, "programme", "Курс 2019 года", Figures(1, 10, 0, 10)),
        ReportRow(event.item_id, "event", "Конференция терапевтов", Figures(2, 6, 0)),
    ]
    ledger = LedgerEntry.objects.filter(organisation=organisation)
    assert totals.of("") == Figures(3, 160, 36, 10)
    assert (
        totals.of("").stands == sum(row.figures.stands for row in rows) == ledger.aggregate(sum=Sum("credits"))["sum"]
    )
    assert (totals.of("programme"), totals.of("event"), totals.of("module")) == (
        Figures(2, 154, 36, 10),
        Figures(2, 6, 0),
        Figures(0, 0, 0),
    )
    assert (totals.rows_in(""), totals.rows_in("programme"), totals.rows_in("event")) == (3, 2, 1)
    assert whole(organisation, part="event") == rows[2:]


def test_an_entry_and_what_took_it_back_stand_in_the_days_of_their_posting_in_moscow() -> None:
    organisation = an_organisation()
    version = a_programme_of(organisation)
    entry = an_entry(version=version, now=dt.datetime(2021, 1, 1, 0, 0, tzinfo=MOSCOW))
    an_entry(version=version, now=dt.datetime(2021, 1, 31, 23, 59, 59, tzinfo=MOSCOW))
    an_entry(version=version, now=dt.datetime(2021, 2, 1, 0, 0, tzinfo=MOSCOW))
    a_reversal(entry)  # today

    january, later = whole(organisation, "2021-01-01", "2021-01-31"), whole(organisation, "2021-02-02", "2099-12-31")

    assert [row.figures for row in january] == [Figures(2, 72, 0)]
    assert [row.figures for row in later] == [Figures(0, 0, 36)]
    assert later[0].figures.shown == "−36"
    assert whole(organisation, "2020-01-01", "2020-12-31") == []


def test_the_page_shows_sums_rows_and_links_to_cards() -> None:
    organisation = an_organisation()
    programme, event = a_programme_of(organisation), an_event(organisation, title="Конференция терапевтов")
    doctor = a_specialist()
    an_entry(doctor, programme)
    a_reversal(an_entry(doctor, programme))
    present(doctor, event)
    browser = signed_in(a_member(organisation, "registrar"))

    text = text_of(browser)

    year = timezone.localdate().year
    assert f"Всего: 1 января {year} – 31 декабря {year}" in text
    assert "Специалисты 1 Зачислено, ЗЕТ 75 Снято, ЗЕТ 36 Итог, ЗЕТ 39" in text
    assert "по дню зачисления" in text
    assert "Анемии в практике терапевта Программа 1 72 36 36" in text
    assert "Конференция терапевтов Мероприятие 1 3 0 3" in text
    answer = browser.get(PAGE).content.decode()
    assert f'href="/organisation/items/{programme.item_id}/"' in answer
    assert doctor.account.surname not in text
    events = text_of(browser, "?kind=event")
    assert "Итог, ЗЕТ 3" in events
    assert "Анемии" not in events
    assert "За эти дни баллов не зачисляли" in text_of(browser, "?since=2020-01-01&until=2020-12-31")
    assert "За эти дни такого не зачисляли" in text_of(browser, "?kind=module")


def test_what_an_operator_entered_is_told_from_what_the_organisation_credited() -> None:
    organisation = an_organisation()
    event = an_event(organisation, title="Конференция терапевтов")
    present(a_specialist(), event)
    post(
        specialist_id=a_specialist().pk,
        version=event,
        source=Source.MANUAL,
        origin="proposal:1",
        earned_on=timezone.localdate(),
        by=an_operator(),
        now=timezone.now(),
        reason="По обращению",
    )
    by_hand(a_specialist(), organisation)

    text = text_of(signed_in(a_member(organisation, "registrar")))

    assert "Что зачислено за обучение в вашей организации" in text
    assert "Зачислено, ЗЕТ, из них 13 внёс оператор портала 16" in text
    assert "Конференция терапевтов Мероприятие, из них 3 внёс оператор портала 2 6 0 6" in text
    assert "Курс 2019 года Программа, внёс оператор портала 1 10 0 10" in text


def test_another_organisation_sees_nothing_of_it() -> None:
    organisation = an_organisation()
    an_entry(version=a_programme_of(organisation))
    stranger = signed_in(a_member(an_organisation()))

    assert "Анемии" not in text_of(stranger)
    assert "Анемии" not in stranger.get(f"{PAGE}credits.csv").content.decode("utf-8-sig")
    assert "Анемии" in text_of(signed_in(a_member(organisation)))


@pytest.mark.parametrize("role", ["teacher", "methodist"])
@pytest.mark.parametrize("page", ["", "credits.csv", "credits.xlsx"])
def test_who_does_not_see_listeners_does_not_see_it(role: str, page: str) -> None:
    browser = signed_in(a_member(an_organisation(), role))

    assert browser.get(f"{PAGE}{page}").status_code == 403
    assert PAGE not in browser.get("/organisation/").content.decode()


def test_who_sees_listeners_has_it_in_the_menu() -> None:
    browser = signed_in(a_member(an_organisation(), "registrar"))

    assert f'href="{PAGE}"' in browser.get("/organisation/").content.decode()


def test_files_say_what_the_page_says_and_no_title_becomes_a_formula() -> None:
    organisation = an_organisation()
    doctor = a_specialist()
    an_entry(doctor, a_programme_of(organisation, '=HYPERLINK("http://example.org";"Анемии")'))
    by_hand(doctor, organisation, "+7 часов")
    browser = signed_in(a_member(organisation))

    answer, book = browser.get(f"{PAGE}credits.csv"), browser.get(f"{PAGE}credits.xlsx")

    expected = [
        ["Вид", "Название", "Специалисты", "Зачислено, ЗЕТ", "Снято, ЗЕТ", "Итог, ЗЕТ", "Из них внёс оператор"],
        ["Программа", '\'=HYPERLINK("http://example.org";"Анемии")', "1", "36", "0", "36", "0"],
        ["Программа", "'+7 часов", "1", "10", "0", "10", "10"],
        ["Всего", "", "1", "46", "0", "46", "10"],
    ]
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")) == expected
    assert [list(row.cells) for row in open_table(book.content, XLSX).rows()] == expected
    assert answer["Content-Disposition"] == 'attachment; filename="credits.csv"'
    only = browser.get(f"{PAGE}credits.csv?kind=event").content.decode("utf-8-sig").splitlines()
    assert only[1:] == ["Всего;;0;0;0;0;0"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=вчера", "Напишите дату так: 14.12.2026"),
        ("since=2026-02-30", "Такого дня нет в календаре"),
        ("since=", "Укажите день"),
        ("since=0001-01-01", "Проверьте год: это было слишком давно"),
        ("until=9999-12-31", "Проверьте год: это слишком далеко впереди"),
        ("since=2026-02-01&until=2026-01-31", "Последний день раньше первого"),
    ],
)
def test_wrong_days_get_a_sentence_beside_their_field(query: str, sentence: str) -> None:
    organisation = an_organisation()
    an_entry(version=a_programme_of(organisation))
    browser = signed_in(a_member(organisation))

    answer = browser.get(f"{PAGE}?{query}")
    file = browser.get(f"{PAGE}credits.csv?{query}", follow=True)

    assert answer.status_code == file.status_code == 422
    name = query.partition("=")[0] if "&" not in query else "until"
    found = re.search(rf'id="{name}-err"[^>]*>.*?</svg>(.*?)</p>', answer.content.decode(), re.DOTALL)
    assert found is not None
    assert sentence in html.unescape(found[1])
    assert "Анемии" not in answer.content.decode()


def test_a_kind_that_nobody_knows_is_all_kinds() -> None:
    organisation = an_organisation()
    an_entry(version=a_programme_of(organisation))
    browser = signed_in(a_member(organisation))

    assert "Анемии" in text_of(browser, "?kind=x'--&page=-5")
    assert "Анемии" in text_of(browser, "?kind=%00&page=999")


def test_the_report_is_paged_and_costs_the_same_for_one_and_for_many() -> None:
    organisation = an_organisation()
    an_entry(version=a_programme_of(organisation))
    browser = signed_in(a_member(organisation))
    browser.get(PAGE)

    def statements(query: str = "") -> tuple[int, int]:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(f"{PAGE}{query}").status_code == 200
        return len(seen), sum("credits_ledgerentry" in one["sql"] for one in seen)

    few = statements()
    for number in range(31):
        version = a_programme_of(organisation, f"Программа {number:02d}")
        for _person in range(1 + number % 2):
            an_entry(version=version)

    assert statements() == statements("?page=2") == few
    assert few[1] == 2
    assert "Страница 1 из 2" in text_of(browser)
    shown = [re.findall(r"Программа \d\d|Анемии", text_of(browser, f"?page={number}")) for number in (1, 2)]
    assert [len(one) for one in shown] == [30, 2]
    assert len({*shown[0], *shown[1]}) == 32
    assert shown[0][0] == "Программа 01"  # the largest sums first, then by title
    second = browser.get(f"{PAGE}?since=2026-01-01&page=2").content.decode()
    assert "since=2026-01-01" in html.unescape(second)


def test_the_days_of_an_organisation_are_read_from_one_index() -> None:
    organisation = an_organisation()
    an_entry(version=a_programme_of(organisation))
    with CaptureQueriesContext(connection) as seen:
        whole(organisation)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {seen[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Scan using credits_given_when" in plan
