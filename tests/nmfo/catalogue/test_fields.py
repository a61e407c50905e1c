"""What fields are called, how their values read, and what differs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
from zoneinfo import ZoneInfo

import pytest
from tests.nmfo.catalogue.test_rules import event, programme

from nmfo.catalogue.fields import LABELS, FieldRow, differences, fields_of, moment_in, price_text, rows_of
from nmfo.catalogue.rules.versions import FIELDS_OF, TeacherFacts, VersionFacts
from nmfo.catalogue.rules.words import Kind
from nmfo.reference.models import Region
from nmfo.reference.operations import load_reference_lists
from nmfo.reference.zones import ZONES


@pytest.mark.parametrize("kind", list(Kind))
def test_every_field_of_a_kind_stands_in_one_section_and_has_a_name(kind: str) -> None:
    names = fields_of(kind)

    assert len(names) == len(set(names))
    assert set(names) - {"files"} == FIELDS_OF[kind]
    assert set(names) <= set(LABELS)


def test_values_read_as_people_write_them() -> None:
    begins_at = dt.datetime(2026, 12, 14, 10, tzinfo=ZoneInfo("Asia/Yekaterinburg"))
    facts = event(
        begins_at=begins_at,
        zone="Asia/Yekaterinburg",
        price_rub=9800,
        teachers=(TeacherFacts(name="Ким О. П.", post="доцент"), TeacherFacts(name="Юн И. И.")),
    )

    found = {row.key: row.text for row in rows_of(facts, region="Омская область", files=["План", "Адрес"])}

    assert found["begins_at"] == "14\u00a0декабря\u00a02026, 10:00\u00a0МСК+2 (Екатеринбург)"
    assert found["zone"] == "Екатеринбург"
    assert found["price_rub"] == "9\u00a0800\u00a0₽"
    assert found["teachers"] == "Ким О. П., доцент\nЮн И. И."
    assert found["region"] == "Омская область"
    assert found["files"] == "План\nАдрес"
    assert (found["online"], found["on_site"]) == ("да", "нет")
    assert (price_text(0), price_text(None)) == ("бесплатно", "")
    assert moment_in(begins_at, "Europe/Moscow") == "14\u00a0декабря\u00a02026, 08:00\u00a0МСК"


def _marked(parts: tuple[object, ...]) -> str:
    signs = {(False, False): "{}", (True, False): "[-{}-]", (False, True): "[+{}+]"}
    return "".join(signs[part.is_gone, part.is_new].format(part.text) for part in parts)  # type: ignore[attr-defined]


def test_long_texts_are_compared_word_by_word() -> None:
    old = programme(annotation="Первый абзац.\n\nОб ИБС и гипертензии.\n\nКонец.", hours=36)
    new = dataclasses.replace(old, annotation="Первый абзац.\n\nОб ИБС и диабете.\n\nКонец.", hours=72)

    found = {one.key: one for one in differences(rows_of(old), rows_of(new))}

    assert set(found) == {"annotation", "hours"}
    assert _marked(found["annotation"].old_parts) == "Первый абзац.\n\nОб ИБС и [-гипертензии-].\n\nКонец."
    assert _marked(found["annotation"].new_parts) == "Первый абзац.\n\nОб ИБС и [+диабете+].\n\nКонец."
    assert (_marked(found["hours"].old_parts), _marked(found["hours"].new_parts)) == ("[-36-]", "[+72+]")


def test_what_was_compared_can_be_put_together_again_however_long_it_is() -> None:
    chance = random.Random(4)
    words = [chance.choice("аб") for _number in range(8000)]
    texts = ["\n".join(words[:4000]), "\n".join(words[4000:]), " ".join(words[:4000]), " ".join(words[2000:6000])]
    began = time.process_time()

    for old in texts:
        for new in texts:
            for one in differences(
                [FieldRow(key="aims", label="", text=old, by_words=True)],
                [FieldRow(key="aims", label="", text=new, by_words=True)],
            ):
                assert "".join(part.text for part in one.old_parts) == old
                assert "".join(part.text for part in one.new_parts) == new

    assert time.process_time() - began < 20, "without the allowance it takes minutes"


def test_a_field_of_one_side_only_is_empty_on_the_other() -> None:
    found = differences([], rows_of(VersionFacts(kind=Kind.MODULE, title="Модуль")))

    assert [(one.key, one.old, one.new) for one in found] == [("title", "", "Модуль")]


@pytest.mark.django_db
def test_the_zones_are_those_of_the_regions() -> None:
    load_reference_lists()

    assert set(Region.objects.values_list("zone", flat=True)) == set(ZONES)
