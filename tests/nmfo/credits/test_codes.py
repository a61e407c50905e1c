"""How a confirmation code is written and read (N9, Z7)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nmfo.credits.codes import (
    ALPHABET,
    RANDOM_BITS,
    SYMBOLS,
    check_symbol,
    code_of,
    legacy_form,
    looks_like_ours,
    masked,
    readings,
    shown,
    symbols_after_prefix,
)

codes = st.binary(min_size=8, max_size=32).map(code_of)
CYRILLIC = {
    "A": "А",
    "B": "В",
    "C": "С",
    "E": "Е",
    "H": "Н",
    "K": "К",
    "M": "М",
    "P": "Р",
    "T": "Т",
    "X": "Х",
    "0": "О",
}
KEYS = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))


def test_a_code_carries_sixty_bits_and_a_check_symbol() -> None:
    assert RANDOM_BITS == 60
    assert code_of(bytes(8)) == "0" * SYMBOLS
    assert code_of(b"\xff" * 8)[:-1] == "Z" * 12
    assert len(ALPHABET) == len(set(ALPHABET)) == 32


@given(codes)
def test_a_code_is_read_as_it_is_printed(code: str) -> None:
    assert readings(shown(code)) == [code]
    assert readings(f"  {shown(code).lower()} ") == [code]
    assert readings(shown(code).replace("-", " – ")) == [code]
    assert readings(code) == [code]


@given(codes)
def test_cyrillic_letters_that_look_the_same_are_read_as_latin_ones(code: str) -> None:
    typed = "".join(CYRILLIC.get(symbol, symbol) for symbol in shown(code))

    assert code in readings(typed)


@given(codes)
def test_a_code_typed_in_the_russian_layout_is_understood(code: str) -> None:
    typed = "".join(KEYS.get(symbol, symbol) for symbol in shown(code))

    assert code in readings(typed)


@given(codes)
def test_letters_that_the_alphabet_leaves_out_are_read_as_what_they_look_like(code: str) -> None:
    typed = code.replace("0", "O").replace("1", "l").replace("V", "U")

    assert readings(typed) == [code]


@given(codes, st.integers(0, SYMBOLS - 1), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_noticed(code: str, place: int, symbol: str) -> None:
    wrong = code[:place] + symbol + code[place + 1 :]

    assert (readings(wrong) == []) == (wrong != code)


@given(codes, st.integers(0, SYMBOLS - 1), st.integers(0, SYMBOLS - 1))
def test_two_swapped_symbols_are_always_noticed(code: str, one: int, other: int) -> None:
    symbols = list(code)
    symbols[one], symbols[other] = symbols[other], symbols[one]
    wrong = "".join(symbols)

    assert (readings(wrong) == []) == (wrong != code)


@given(codes, st.sampled_from(ALPHABET))
@example("0APYW0PVX36NM", "0")  # its end and the sign look like the beginning of another code
@example("BNHM0VXTQ5Z7T", "7")  # and so does its middle
def test_a_sign_too_many_is_not_left_out(code: str, symbol: str) -> None:
    assert readings(shown(code) + symbol) == []
    assert symbols_after_prefix(shown(code) + symbol) == SYMBOLS + 1


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text: str) -> None:
    for code in readings(text):
        assert check_symbol(code[:-1]) == code[-1]
    legacy_form(text)
    looks_like_ours(text)


def test_a_mistyped_code_of_ours_is_told_from_a_foreign_one() -> None:
    assert looks_like_ours("nmo-4k7q-9tgh-3xmaw")
    assert looks_like_ours("НМО-4k7q")
    assert not looks_like_ours("A12-77")


def test_a_used_code_is_shown_in_part() -> None:
    assert masked("4K7Q9TGH3XMAW") == "NMO-4K7Q-…-AW"


def test_a_legacy_code_is_compared_trimmed_and_without_case() -> None:
    assert legacy_form("  Аб-12\t q ") == legacy_form("аБ-12 Q") == "аб-12 q"


def test_a_code_is_found_among_the_words_of_a_letter() -> None:
    code = shown(code_of(bytes(range(8))))

    assert readings(f"Ваш код: {code}. Действует до 17 декабря") == readings(code) != []


@given(st.lists(codes, min_size=2, max_size=9), st.sampled_from(["НМО", "NMO", "NM0"]))
def test_of_many_codes_in_a_row_the_first_are_read(many: list[str], prefix: str) -> None:
    found = readings("".join(prefix + code for code in many))

    assert found[0] == many[0]
    assert len(found) <= 2


@pytest.mark.parametrize(
    ("text", "symbols"), [("NMO-4K7Q", 4), ("НМО 4k7q 9tgh 3xmaw z", 14), ("привет мир", None), ("A12-77", None)]
)
def test_a_part_of_a_code_is_told_from_other_words(text: str, symbols: int | None) -> None:
    assert symbols_after_prefix(text) == symbols
