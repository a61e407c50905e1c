"""Numbers and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Refused
from foundation.identifiers import email, phone, snils

NINE = st.integers(min_value=1_001_999, max_value=999_999_999).map(lambda number: f"{number:09d}")


@given(NINE, st.sampled_from(["", " ", "-", "\u2013", "\u00a0"]))
def test_a_number_with_its_own_control_number_is_accepted_in_any_writing(nine: str, between: str) -> None:
    digits = f"{nine}{snils.control_number(nine):02d}"
    written = between.join([digits[:3], digits[3:6], digits[6:9], digits[9:]])

    assert snils.parse(f" {written} ") == digits
    assert snils.parse(snils.show(digits)) == digits


@given(NINE, st.integers(min_value=1, max_value=99))
def test_another_control_number_is_a_typing_error(nine: str, more: int) -> None:
    wrong = (snils.control_number(nine) + more) % 100

    with pytest.raises(snils.SnilsMistyped):
        snils.parse(f"{nine}{wrong:02d}")


def test_old_numbers_have_no_control_number() -> None:
    assert snils.parse("001-001-998 55") == "00100199855"


@given(st.text(max_size=60))
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in (snils.parse, phone.parse, email.parse):
        try:
            found = parse(text)
        except Refused:
            continue
        assert parse(found) == found


@pytest.mark.parametrize("written", ["+7 900 555-01-42", "8(900)5550142", "9005550142", "79005550142"])
def test_a_russian_mobile_in_any_writing(written: str) -> None:
    assert phone.parse(written) == "+79005550142"
    assert phone.show("+79005550142") == "+7 900 555-01-42"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("a@gmial.com", "a@gmail.com"), ("a@yandex.ry", "a@yandex.ru"), ("a@mail.ru", None), ("a@hospital-7.ru", None)],
)
def test_mistyped_domains_are_noticed(typed: str, meant: str | None) -> None:
    assert email.suggestion(typed) == meant
