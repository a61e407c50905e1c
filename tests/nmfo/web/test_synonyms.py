"""The operator's table of synonyms."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from django.core.management import call_command
from django.utils import timezone
from tests.builders import a_version, an_item, an_operator, published, signed_in

from foundation.audit.models import Entry
from nmfo.catalogue.models import Synonym

Queries = Callable[[int], AbstractContextManager[object]]


@pytest.mark.django_db
def test_a_group_is_tried_added_changed_and_removed() -> None:
    published(a_version(an_item(), title="Электрокардиография"))
    browser = signed_in(an_operator())

    tried = browser.post("/operator/synonyms/add/", {"words": "ЭКГ\nэлектрокардиография", "note": "", "preview": "1"})
    assert (tried.status_code, Synonym.objects.count()) == (200, 0)
    assert "<dd>1</dd>" in tried.content.decode()
    browser.post("/operator/synonyms/add/", {"words": "ЭКГ\r\n\r\nэлектрокардиография\r\nэкг", "note": "обычное"})
    group = Synonym.objects.get()
    assert group.words == ["ЭКГ", "электрокардиография"]
    assert "Электрокардиография" in browser.get("/catalogue/?q=экг").content.decode()

    seen = group.changed_at.isoformat()
    browser.post(f"/operator/synonyms/{group.pk}/", {"words": "ЭКГ\nкардиограмма", "note": "", "seen": seen})
    late = browser.post(f"/operator/synonyms/{group.pk}/", {"words": "ЭКГ\nдругое", "note": "", "seen": seen})
    assert (late.status_code, Synonym.objects.get().words) == (422, ["ЭКГ", "кардиограмма"])
    assert "изменил другой оператор" in late.content.decode()

    browser.post(f"/operator/synonyms/{group.pk}/remove/", {"seen": Synonym.objects.get().changed_at.isoformat()})
    assert browser.get(f"/operator/synonyms/{group.pk}/").status_code == 404
    assert list(Entry.objects.filter(subject="synonym").order_by("pk").values_list("action", flat=True)) == [
        "synonyms.added",
        "synonyms.changed",
        "synonyms.removed",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "не меньше двух"),
        ("ЭКГ\n экг ", "не меньше двух"),
        ("ЭКГ\n***", "нет ни букв, ни цифр"),
        ("ЭКГ\n" + "длинное " * 20, "длиннее 100 знаков"),
        ("\n".join(f"слово{number}" for number in range(30)), "не больше 20 строк"),
    ],
)
def test_what_is_no_group_is_refused_and_kept_in_the_form(words: str, said: str) -> None:
    answer = signed_in(an_operator()).post("/operator/synonyms/add/", {"words": words, "note": "пометка"})

    assert (answer.status_code, Synonym.objects.count()) == (422, 0)
    assert said in unescape(answer.content.decode())
    assert "пометка" in answer.content.decode()


@pytest.mark.django_db
def test_the_package_brings_groups_once_and_leaves_operators_theirs() -> None:
    call_command("synonyms", "load")
    number = Synonym.objects.count()
    assert number > 50
    changed, removed, stale = Synonym.objects.order_by("pk")[:3]
    operator = an_operator()
    Synonym.objects.filter(pk=changed.pk).update(words=["ОРВИ", "простуда"], changed_by=operator)
    Synonym.objects.filter(pk=removed.pk).update(removed_at=timezone.now(), changed_by=operator)
    Synonym.objects.filter(pk=stale.pk).update(words=["ИБС", "старое"])

    call_command("synonyms", "load")

    assert Synonym.objects.count() == number
    assert Synonym.objects.get(pk=changed.pk).words == ["ОРВИ", "простуда"]
    assert Synonym.objects.get(pk=removed.pk).removed_at is not None
    assert Synonym.objects.get(pk=stale.pk).words == ["ИБС", "ишемическая болезнь сердца"]


@pytest.mark.django_db
def test_the_list_costs_the_same_for_one_group_and_for_many(django_assert_num_queries: Queries) -> None:
    browser = signed_in(an_operator())
    costs = []
    for number in (1, 20):
        Synonym.objects.bulk_create(
            [
                Synonym(words=[f"слово{number}{at}", f"термин{number}{at}"], changed_at=timezone.now())
                for at in range(number)
            ]
        )
        browser.get("/operator/synonyms/")
        with django_assert_num_queries(3) as caught:
            browser.get("/operator/synonyms/")
        costs.append(len(caught.captured_queries))  # type: ignore[attr-defined]

    assert costs[0] == costs[1]
