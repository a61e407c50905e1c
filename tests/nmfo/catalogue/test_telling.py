"""Letters of saved searches and awaited runs: one, complete, to those who want them."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import a_run, a_version, an_account, an_item, an_operator, facts, lists, published
from tests.item_builders import a_published, a_writer, run_of
from tests.nmfo.catalogue.search.rows import a_row, items, write
from tests.nmfo.catalogue.test_saving import NOW, WITHDRAWN, at_once, change, save, wait_for
from tests.promises.test_j1 import killed_at

from foundation.mail.models import Letter
from foundation.mail.operations import as_message, words_of
from nmfo.accounts.operations.closing import close_account
from nmfo.catalogue.models import AwaitedRun, Item, SavedSearch, SearchRow
from nmfo.catalogue.operations import running
from nmfo.catalogue.operations.saving import searches_to_stop
from nmfo.catalogue.operations.telling import tell_of_news, tell_of_runs
from nmfo.catalogue.search.finding import find, published_between
from nmfo.catalogue.search.index import Index
from nmfo.catalogue.search.query import Query
from nmfo.catalogue.search.understanding import understand
from nmfo.catalogue.search.understanding import words_of as words_in

DAY, WEEK, HOUR = dt.timedelta(days=1), dt.timedelta(days=7), dt.timedelta(hours=1)


def news(title: str = "Кардиология", at: dt.datetime = NOW + HOUR, **values: Any) -> int:
    return a_row(title=title, published_at=at, **values)


def text_of(letter: Letter) -> str:
    return words_of(letter).text.replace("\u00a0", " ")


@pytest.mark.django_db
def test_a_letter_tells_of_what_was_published_since_the_search_was_saved() -> None:
    account = an_account()
    news("Кардиология прежняя", at=NOW - DAY)
    save(account, every="day", name="Сердце [и сосуды]")
    item, other = news("Кардиология [новая]"), news("Терапия")

    assert tell_of_news(NOW + DAY) == 1

    letter = Letter.objects.get()
    assert (letter.kind, letter.to, letter.account_id) == ("search_news", account.email, account.pk)
    assert letter.subject == "Новое по поиску «Сердце (и сосуды)»: 1"
    text = text_of(letter)
    assert f"- Кардиология (новая) (ИПК, 36 ЗЕТ): {settings.BASE_URL}/catalogue/programmes/{item}/\n" in text
    assert "прежняя" not in text
    assert f"/{other}/" not in text
    assert "Здравствуйте, Анна Петровна" in text
    assert "- Не писать о поиске «Сердце (и сосуды)»: " in text


@pytest.mark.django_db
def test_each_publication_is_told_once() -> None:
    save(an_account(), every="day")
    news("Кардиология 1")

    assert [tell_of_news(NOW + DAY * days) for days in (1, 1, 2, 3)] == [1, 0, 0, 0]
    news("Кардиология 2", at=NOW + DAY * 3)
    assert [tell_of_news(NOW + DAY * days) for days in (4, 5)] == [1, 0]

    assert [re.findall(r"Кардиология \d", text_of(one)) for one in Letter.objects.order_by("pk")] == [
        ["Кардиология 1"],
        ["Кардиология 2"],
    ]


@pytest.mark.django_db
def test_no_news_no_letter_and_no_index() -> None:
    lists()
    news(at=NOW - DAY)
    search = save(an_account(), every="day")

    with CaptureQueriesContext(connection) as seen:
        assert tell_of_news(NOW + DAY) == 0

    assert "array_to_string" not in " ".join(one["sql"] for one in seen)
    search.refresh_from_db()
    assert (search.next_on, search.looked_at) == (dt.date(2026, 11, 27), NOW.replace(microsecond=0) + DAY - HOUR / 6)


@pytest.mark.django_db
def test_what_was_published_this_minute_comes_with_the_next_letter() -> None:
    save(an_account(), every="day")
    news(at=NOW + DAY - dt.timedelta(minutes=5))

    assert tell_of_news(NOW + DAY) == 0
    assert tell_of_news(NOW + DAY * 2) == 1


@pytest.mark.django_db
def test_a_weekly_search_waits_for_its_day() -> None:
    save(an_account(), every="week")
    news()

    assert [tell_of_news(NOW + DAY * days) for days in (1, 6, 7, 8, 14)] == [0, 0, 1, 0, 0]


@pytest.mark.django_db
def test_several_searches_make_one_letter() -> None:
    account, other = an_account(), an_account()
    for query, name in (
        (Query(q="кардиология"), "Сердце"),
        (Query(q="терапия"), "Терапия"),
        (Query(q="хирургия"), "Хирургия"),
    ):
        save(account, query, name=name, every="day")
    save(other, every="day")
    news("Кардиология")
    news("Кардиология и терапия")

    assert tell_of_news(NOW + DAY) == 2

    letter = Letter.objects.get(account=account)
    assert letter.subject == "Новое по вашим поискам: 2"
    text = text_of(letter)
    assert re.findall(r"«(\w+)»: (\d) нов", text) == [("Сердце", "2"), ("Терапия", "1")]
    assert "Хирургия" not in text
    assert "«Терапия»" not in text_of(Letter.objects.get(account=other))


@pytest.mark.django_db
def test_a_letter_has_ten_of_each_and_a_link_to_the_rest() -> None:
    save(an_account(), every="day")
    for number in range(13):
        news(f"Кардиология {number:02d}", at=NOW + dt.timedelta(minutes=number))

    tell_of_news(NOW + DAY)

    text = text_of(Letter.objects.get())
    assert re.findall(r"Кардиология (\d\d)", text) == [f"{number:02d}" for number in range(12, 2, -1)]
    assert "«Кардиология»: 13 новых публикаций" in text
    (address,) = re.findall(r"- И ещё 3: (\S+)", text)
    assert address.endswith("&sort=newest")


@pytest.mark.django_db
def test_letters_speak_the_language_of_the_account() -> None:
    save(an_account(language="en"), every="day", name="Heart")
    news()

    tell_of_news(NOW + DAY)

    assert Letter.objects.get().subject == "New for “Heart”: 1"
    assert "“Heart”: 1 new publication\n" in text_of(Letter.objects.get())


@pytest.mark.django_db
def test_links_of_a_letter_stop_it_and_mail_programs_find_them(settings: Any) -> None:
    settings.BASE_URL = "https://nmfo.example"
    account = an_account()
    first = save(account, every="day")
    second = save(account, Query(q="терапия"), every="day")
    news()

    tell_of_news(NOW + DAY)

    letter = Letter.objects.get()
    tokens = re.findall(r"/catalogue/saved/stop/([\w-]{43})/", text_of(letter))
    assert [[one.pk for one in searches_to_stop(token) or []] for token in tokens] == [
        [first.pk],
        [first.pk, second.pk],
    ]
    message = as_message(letter)
    assert message["List-Unsubscribe"] == f"<https://nmfo.example/catalogue/saved/stop/{tokens[1]}/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = message.get_body(("html",))
    assert html is not None
    assert f"/catalogue/saved/stop/{tokens[0]}/" in html.get_content()


@pytest.mark.django_db
def test_closed_blocked_and_addressless_accounts_get_nothing() -> None:
    closed, disabled, forgotten, stopped = (an_account() for _ in range(4))
    for account in (closed, disabled, forgotten):
        save(account, every="day")
    change(save(stopped, every="day"), every="")
    close_account(account=closed, facts=facts(), now=timezone.now())
    disabled.state, forgotten.email = "disabled", ""
    disabled.save(update_fields=["state"])
    forgotten.save(update_fields=["email"])
    Letter.objects.all().delete()
    news()

    assert tell_of_news(NOW + DAY) == 0
    assert not Letter.objects.exists()


@pytest.mark.django_db
def test_a_filter_that_nothing_has_any_more_does_not_widen_the_search() -> None:
    save(an_account(), Query(organisation=(987_654_321,)), every="day")
    news()

    assert tell_of_news(NOW + DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_a_job_that_dies_anywhere_tells_everything_once() -> None:
    for step in itertools.count(1):
        account = an_account()
        for word in ("кардиология", "терапия"):
            save(account, Query(q=word), every="day")
        news("Кардиология"), news("Терапия")
        letters = Letter.objects.filter(account=account, kind="search_news")
        try:
            with connection.execute_wrapper(killed_at(step)):
                tell_of_news(NOW + DAY)
        except Exception:  # noqa: BLE001 - how it dies does not matter
            ended = False
        else:
            ended = True
        assert letters.count() in (0, 1)
        assert letters.exists() == (not SavedSearch.objects.filter(account=account, next_on__lte=NOW + DAY).exists())

        tell_of_news(NOW + DAY)
        tell_of_news(NOW + DAY)

        assert letters.count() == 1, step
        assert re.findall(r"«\w+»: (\d+) ", text_of(letters.get()))
        SearchRow.objects.all().delete()
        if ended:
            break
    assert step > 8


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_write_one_letter() -> None:
    account = an_account()
    save(account, every="day")
    news()

    assert at_once(*[lambda: tell_of_news(NOW + DAY)] * 3) == []

    assert Letter.objects.filter(account=account).count() == 1


QUERIES = [
    Query(q="кардиология"),
    Query(q="кордиология"),  # corrected
    Query(q="rfhlbjkjubz"),  # the other keyboard
    Query(q="кордиология", exact=True),
    Query(q="терапия 36 ЗЕТ"),
    Query(kind=("event",)),
    Query(kind=("programme",), credits=(36,), free=True),
    Query(q="терапия", form=("full_time",), distance=True),
]


@pytest.mark.django_db
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.written())
def test_what_is_told_is_what_the_catalogue_finds(query: Query) -> None:
    kinds, words = ("programme", "event", "module"), ("Кардиология", "Терапия", "Кардиология и терапия", "Хирургия")
    times = {}
    for number, (item, organisation) in enumerate(items(80)):
        times[item] = NOW + dt.timedelta(minutes=number * 37 % 80)
        start = NOW.date() + DAY * (30 if number % 4 else -30)  # of events; some are over
        write(
            item,
            organisation,
            title=words[number % 4],
            kind=kinds[number % 3],
            credits=36 if number % 2 else 18,
            price_rub=0 if number % 5 else 100,
            form="full_time" if number % 7 else "",
            distance=number % 4 > 1,
            starts=[start],
            apply_until=[start],
            free_seats=[-1],
            published_at=times[item],
        )
    since, until = NOW + dt.timedelta(minutes=20), NOW + dt.timedelta(minutes=60)
    snapshot = Index().current(words_in(query.q))
    understood = understand(snapshot, query.q, exact=query.exact)

    told = published_between(
        snapshot, query, understood.terms, since_s=int(since.timestamp()), until_s=int(until.timestamp()),
        today=NOW.date(), volume=understood.volume,
    )  # fmt: skip

    shown = find(
        snapshot, query.but(sort="newest"), understood.terms, today=NOW.date(), size=100, volume=understood.volume
    )
    expected = [hit.item for hit in shown.hits if since < times[hit.item] <= until]
    assert told == expected
    assert expected or query.exact


@pytest.mark.django_db
def test_a_run_is_told_of_once_to_everybody_who_waits() -> None:
    by, operator = a_writer(), an_operator()
    item, other = a_published(by, operator), a_published(by, operator)
    first, second, patient = an_account(), an_account(), an_account()
    for account, awaited in ((first, item), (second, item), (patient, other)):
        wait_for(awaited, account)
    Letter.objects.all().delete()

    assert tell_of_runs(timezone.now()) == 0
    running.add_run(item_id=item.pk, run=run_of(), by=by, facts=facts(), now=timezone.now())
    assert [tell_of_runs(timezone.now()) for _ in range(2)] == [2, 0]

    letters = Letter.objects.order_by("account_id")
    assert [(one.kind, one.account_id) for one in letters] == [("run_open", first.pk), ("run_open", second.pk)]
    assert letters[0].subject == "Открыт набор: Избранные вопросы терапии"
    text = text_of(letters[0])
    assert f"/catalogue/programmes/{item.pk}/" in text
    assert "Москва, ул. Примерная, 1. Заявки принимаются до" in text
    assert [row.account_id for row in AwaitedRun.objects.all()] == [patient.pk]


@pytest.mark.django_db
def test_a_run_that_takes_nobody_is_no_news() -> None:
    version, account = published(a_version(an_item())), an_account()
    wait_for(version.item, account)
    full = a_run(version, seats=5, taken=5)
    a_run(version, state="closed")
    a_run(version, state="cancelled", reason="Нет группы")

    assert tell_of_runs(timezone.now()) == 0
    Item.objects.filter(pk=version.item_id).update(**WITHDRAWN)
    full.taken = 4
    full.save(update_fields=["taken"])
    assert tell_of_runs(timezone.now()) == 0
    Item.objects.filter(pk=version.item_id).update(state="published", withdrawn_at=None, withdrawn_reason="")
    assert tell_of_runs(timezone.now()) == 1


@pytest.mark.django_db
def test_closed_accounts_are_not_told_of_runs() -> None:
    version, account = published(a_version(an_item())), an_account()
    wait_for(version.item, account)
    close_account(account=account, facts=facts(), now=timezone.now())
    a_run(version)

    assert tell_of_runs(timezone.now()) == 0


@pytest.mark.django_db(transaction=True)
def test_telling_of_a_run_may_die_anywhere_and_run_twice() -> None:
    for step in itertools.count(1):
        version, account = published(a_version(an_item())), an_account()
        wait_for(version.item, account)
        a_run(version)
        letters = Letter.objects.filter(account=account, kind="run_open")
        try:
            with connection.execute_wrapper(killed_at(step)):
                tell_of_runs(timezone.now())
        except Exception:  # noqa: BLE001 - how it dies does not matter
            ended = False
        else:
            ended = True
        assert letters.exists() != AwaitedRun.objects.filter(account=account).exists()

        assert at_once(*[lambda: tell_of_runs(timezone.now())] * 2) == []

        assert (letters.count(), AwaitedRun.objects.count()) == (1, 0), step
        if ended:
            break
    assert step > 5
