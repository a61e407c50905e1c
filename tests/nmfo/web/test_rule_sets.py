"""B-10 through the pages: a draft, its golden cases, its effect, and publication by a second operator."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.builders import a_specialist, an_operator, signed_in
from tests.cycle_builders import a_cycle, rules_in_force

from nmfo.cycles.models import GoldenCase, RuleSet
from nmfo.cycles.queries.sets import golden_cases
from nmfo.web.operator.rule_sets import JsonField

pytestmark = pytest.mark.django_db


def words(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\u00a0", " ").split())


def in_force(key: str = "order-709n") -> RuleSet:
    rules_in_force()
    return RuleSet.objects.prefetch_related("asked").get(key=key, state="published")


def begin(browser: Client) -> RuleSet:
    """A draft of order 709н, begun through the page."""
    answer = browser.post(f"/operator/rules/{in_force().pk}/draft/")
    draft = RuleSet.objects.get(state="draft")
    assert answer["Location"] == f"/operator/rules/{draft.pk}/edit/"
    return draft


def sent(row: RuleSet, **changes: Any) -> dict[str, Any]:
    """The form of a draft as the browser sends it."""
    given: dict[str, Any] = {
        "title": row.title,
        "ground": row.ground,
        "source": row.source,
        "reason": "Уточнено название акта",
    }
    for name in ("valid_from_on", "valid_until_on"):
        day = getattr(row, name)
        given |= {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}
    for number, one in enumerate(row.asked.all(), 1):
        given |= {
            f"r{number}-ask": one.ask,
            f"r{number}-text": one.text,
            f"r{number}-amount": one.credits or "",
            f"r{number}-parts": one.parts,
        }
    return {**given, **changes}


def test_what_is_in_force_stands_by_date_with_its_ground() -> None:
    rules_in_force()

    text = words(signed_in(an_operator()), "/operator/rules/")

    titles = ["Сертификат, выданный до 1 января 2016", "С 2016 года: отчёт", "из них 74", "из них 72"]
    assert [text.index(title) for title in titles] == sorted(text.index(title) for title in titles)
    assert "Приказ Минздрава России 709н от 28.10.2022 · 01.01.2023 – 31.12.2028 · версия 1" in text
    assert "действуют до 31.12.2026" in text
    assert "23 контрольных примера" in text


def test_a_draft_is_written_by_one_and_published_by_another() -> None:
    writer, publisher = signed_in(an_operator()), signed_in(an_operator())
    draft = begin(writer)

    answer = writer.post(f"/operator/rules/{draft.pk}/edit/", sent(draft, title="Новое название"))
    assert answer["Location"] == f"/operator/rules/{draft.pk}/"
    assert "публикует её другой оператор" in words(writer, f"/operator/rules/{draft.pk}/")
    page = publisher.get(f"/operator/rules/{draft.pk}/").text
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    publisher.post(f"/operator/rules/{draft.pk}/publish/", {"seen": seen[1]})

    assert in_force().title == "Новое название"
    assert "Заменённые версии" in words(writer, "/operator/rules/")
    assert [one.credits for one in in_force().asked.all()] == [144, 72, 0]


def test_the_writer_cannot_publish_by_the_address_either() -> None:
    writer = signed_in(an_operator())
    draft = begin(writer)
    writer.post(f"/operator/rules/{draft.pk}/edit/", sent(draft))
    draft.refresh_from_db()

    answer = writer.post(f"/operator/rules/{draft.pk}/publish/", {"seen": draft.written_at.isoformat()}, follow=True)

    assert "Публикует её другой оператор." in answer.text
    assert in_force().number == 1


def test_a_failing_case_is_shown_first_and_there_is_no_button() -> None:
    writer, other = signed_in(an_operator()), signed_in(an_operator())
    draft = begin(writer)
    writer.post(f"/operator/rules/{draft.pk}/edit/", sent(draft, **{"r2-amount": 80}))

    text = words(other, f"/operator/rules/{draft.pk}/")

    assert "контрольных примера не проходят, поэтому опубликовать версию нельзя." in text
    assert "Минимум по закону: сколько не хватает: ожидали 72, получили 80" in text
    assert re.search(r"требования по порядку: ожидали 1\) нужно \d+, набрано \d+, не хватает \d+; 2\) нужно", text)
    assert "[[" not in text
    assert "minimum" not in text
    assert "/publish/" not in other.get(f"/operator/rules/{draft.pk}/").text


def test_a_new_act_brings_its_answer_along() -> None:
    writer, other = signed_in(an_operator()), signed_in(an_operator())
    draft = begin(writer)
    writer.post(f"/operator/rules/{draft.pk}/edit/", sent(draft, valid_until_on_year=2031))
    path = f"/operator/rules/{draft.pk}/cases/order-709n-after-2029/"
    case = GoldenCase.objects.get(key="order-709n-after-2029")
    page = writer.get(path)
    assert "до 11.03.2029" in page.text

    answer = writer.post(
        path,
        {
            "key": case.key,
            "title": case.title,
            "source": case.source,
            "facts": page.context["form"].initial["facts"],
            "expected": '{"minimum": {"set": "order-709n", "why": "in_force"}}',
        },
    )
    assert answer["Location"] == f"/operator/rules/{draft.pk}/"
    draft.refresh_from_db()
    other.post(f"/operator/rules/{draft.pk}/publish/", {"seen": draft.written_at.isoformat()})

    assert in_force().valid_until_on == dt.date(2031, 12, 31)
    assert golden_cases().get(key=case.key).brought_by_id == draft.pk


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Напишите, что меняется и каким актом."),
        ({"valid_until_on_year": 2020}, "Последний день правила раньше первого."),
        ({"valid_from_on_day": 31, "valid_from_on_month": 2}, "Такого дня нет в календаре"),
        ({"r1-amount": ""}, "Укажите число или выберите"),
        ({"r1-text": "", "r2-text": "", "r3-text": ""}, "нужно хотя бы одно требование с числом"),
        ({"r1-parts": ["nothing"]}, "Выберите из списка"),
    ],
)
def test_a_draft_that_cannot_stand_keeps_what_was_typed(changes: dict[str, Any], sentence: str) -> None:
    writer = signed_in(an_operator())
    draft = begin(writer)

    answer = writer.post(f"/operator/rules/{draft.pk}/edit/", sent(draft, title="Набранное", **changes))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Набранное"' in answer.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"facts": "{"}, "Это не JSON"),
        ({"facts": "[]"}, "Нужен объект в фигурных скобках."),
        ({"facts": "{}"}, "Пример не читается"),
        ({"key": "Ключ"}, ""),
        ({"title": ""}, ""),
    ],
)
def test_a_case_that_cannot_be_run_is_not_taken(changes: dict[str, Any], sentence: str) -> None:
    writer = signed_in(an_operator())
    draft = begin(writer)
    given = {
        "key": "new-one",
        "title": "Новый",
        "source": "Приказ",
        "facts": '{"today": "2026-01-01"}',
        "expected": '{"minimum": {"set": "order-709n"}}',
    }

    answer = writer.post(f"/operator/rules/{draft.pk}/cases/new/", {**given, **changes})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not GoldenCase.objects.filter(brought_by=draft).exists()


def test_the_effect_is_counted_in_cycles() -> None:
    a_cycle(a_specialist())
    writer = signed_in(an_operator())
    draft = begin(writer)
    writer.post(f"/operator/rules/{draft.pk}/edit/", sent(draft, **{"r1-amount": 150}))

    assert "Действующих циклов 1, иначе будут посчитаны 1." in words(writer, f"/operator/rules/{draft.pk}/")


def test_a_second_draft_leads_to_the_first_and_a_draft_can_be_given_up() -> None:
    writer = signed_in(an_operator())
    draft = begin(writer)

    answer = writer.post(f"/operator/rules/{in_force().pk}/draft/", follow=True)
    assert "Черновик этого набора уже пишут." in answer.text
    writer.post(f"/operator/rules/{draft.pk}/drop/")

    assert not RuleSet.objects.filter(state="draft").exists()
    assert writer.get(f"/operator/rules/{draft.pk}/edit/").status_code == 404
    assert writer.get(f"/operator/rules/{draft.pk}/").status_code == 200


def test_the_statements_of_the_list_do_not_grow() -> None:
    browser = signed_in(an_operator())
    rules_in_force()
    browser.get("/operator/rules/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/operator/rules/")
    draft = begin(browser)
    browser.post(f"/operator/rules/{draft.pk}/drop/")
    begin(browser)
    browser.get("/operator/rules/")
    with CaptureQueriesContext(connection) as more:
        browser.get("/operator/rules/")

    assert len(more) == len(few)


@pytest.mark.parametrize(
    "text", ["[" * 5000, '{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": NaN}', '{"a": Infinity}', "[1]"]
)
def test_a_case_that_is_no_object_of_json_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        JsonField().clean(text)
