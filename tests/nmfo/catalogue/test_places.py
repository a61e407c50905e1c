"""Where something is held, in one line."""

from __future__ import annotations

import pytest

from nmfo.catalogue.places import place_in_words


@pytest.mark.parametrize(
    ("region", "place", "said"),
    [
        ("Санкт-Петербург", "Санкт-Петербург, конгресс-холл", "Санкт-Петербург, конгресс-холл"),
        ("Москва", "г. Москва, ул. Ленина, 1", "г. Москва, ул. Ленина, 1"),
        ("Москва", "Москва", "Москва"),
        ("Москва", "Московский проспект, 4", "Москва, Московский проспект, 4"),
        ("Москва", "Москвариум", "Москва, Москвариум"),
        ("Свердловская область", "Екатеринбург", "Свердловская область, Екатеринбург"),
        ("", "Екатеринбург", "Екатеринбург"),
        ("Москва", "", "Москва"),
    ],
)
def test_a_place_is_not_said_twice(region: str, place: str, said: str) -> None:
    assert place_in_words(region, place) == said
