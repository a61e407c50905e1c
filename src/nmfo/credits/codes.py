"""How a confirmation code (ИКП) is written and read: 60 random bits and a check symbol. Pure.

A code is `NMO-XXXX-XXXX-XXXXC`: twelve symbols of five bits each and one check symbol. The alphabet has neither I, L,
O nor U, so that what people type can be read in one way only: Cyrillic letters that look like Latin ones, lower case,
spaces and dashes are all forgiven. The check symbol is a weighted sum over the field of 32 elements, with different
weights that are never zero: each single wrong symbol and each swap of two symbols is noticed (features.md N9).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "NMO"
RANDOM_SYMBOLS = 12
SYMBOLS = RANDOM_SYMBOLS + 1
RANDOM_BITS = 5 * RANDOM_SYMBOLS
LONGEST = 64  # characters that are looked at; no code of ours or of the closed portal is longer

_POLYNOMIAL = 0b100101  # x⁵ + x² + 1 is primitive, so its root has 31 different powers
# Symbols that look like one of the alphabet: Latin, then Cyrillic. Those of the alphabet itself stand for themselves.
_LOOKS_LIKE = str.maketrans("ILOUАВЕЁЗКМНОРСТУХЧІЬБ", "1 1 0 V A B E E 3 K M H 0 P C T Y X 4 1 B 6".replace(" ", ""))
# Where a symbol stands on a Russian keyboard: a scanner or a person with the wrong layout types these.
_LAYOUT = str.maketrans("ЙЦУКЕНГШЩЗХФЫВАПРОЛДЖЯЧСМИТЬ", "QWERTYUIOP[ASDFGHJKL;ZXCVBNM")
_PREFIXES = ("NM0", "HM0")  # NMO and НМО, as they are read
_PREFIX = re.compile("|".join(_PREFIXES))
_READINGS = 2  # of one text: as it looks and in the other layout
_DIGIT = re.compile(r"[0-9]")
_ADDRESS = re.compile(r"://|@|^www\.|\.(?:ru|рф|com|org)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s\-‐‑‒–—−_./\\]+")


def _times(one: int, other: int) -> int:
    """Multiply in the field of 32 elements."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one <<= 1
        if one & 0b100000:
            one ^= _POLYNOMIAL
        other >>= 1
    return product


def _weights() -> list[int]:
    weights, power = [], 1
    for _place in range(RANDOM_SYMBOLS):
        power = _times(power, 2)
        weights.append(power)
    return weights


_WEIGHTS = _weights()


def check_symbol(symbols: str) -> str:
    """The check symbol of twelve symbols of the alphabet."""
    total = 0
    for symbol, weight in zip(symbols, _WEIGHTS, strict=True):
        total ^= _times(ALPHABET.index(symbol), weight)
    return ALPHABET[total]


def code_of(random: bytes) -> str:
    """The thirteen symbols for at least eight random bytes; what is over 60 bits is left out."""
    number = int.from_bytes(random[:8], "big") >> (64 - RANDOM_BITS)
    symbols = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(RANDOM_SYMBOLS)))
    return symbols + check_symbol(symbols)


def shown(code: str) -> str:
    """A code as it is printed: `NMO-4K7Q-9TGH-3XMAW`."""
    return f"{PREFIX}-{code[:4]}-{code[4:8]}-{code[8:]}"


def masked(code: str) -> str:
    """A code as a list shows it after its use: enough to find one's own paper, too little to use."""
    return f"{PREFIX}-{code[:4]}-…-{code[-2:]}"


def readings(text: str) -> list[str]:
    """The codes that a typed text can mean, each with a right check symbol; usually none or one, never more than two.

    The text is read as it looks and, when it has Cyrillic letters, also as typed in the wrong keyboard layout. Of a
    text with many codes the first are meant: a try is counted once, whatever it looks up (Z7).
    """
    plain = _BETWEEN.sub("", text[: 2 * LONGEST]).upper()
    read = [plain.translate(table).translate(_LOOKS_LIKE) for table in (_LOOKS_LIKE, _LAYOUT)]
    right = dict.fromkeys(code for symbols in read for code in _candidates(symbols) if _is_right(code))
    return list(islice(right, _READINGS))


def _candidates(symbols: str) -> Iterator[str]:
    """What may be the thirteen symbols: all of the text, or what follows a prefix, with words before and after it."""
    yield symbols
    if (_after_prefix(symbols) or 0) > SYMBOLS and _PREFIX.search(symbols, len(PREFIX) + SYMBOLS) is None:
        return  # a sign too many, which its person is told of: the code before it may be another's
    for found in _PREFIX.finditer(symbols):
        yield symbols[found.end() : found.end() + SYMBOLS]


def looks_like_ours(text: str) -> bool:
    """Whether a text is meant as a code of this portal: it has the prefix, or as many symbols of the alphabet."""
    symbols = _BETWEEN.sub("", text[: 2 * LONGEST]).upper().translate(_LOOKS_LIKE)
    if symbols.startswith(_PREFIXES):
        return True
    return len(symbols) == SYMBOLS and all(symbol in ALPHABET for symbol in symbols) and _DIGIT.search(text) is not None


def looks_like_a_code(text: str) -> bool:
    """Whether a text may be meant as a code at all, of this portal or of the closed one: no sentence and no address."""
    if looks_like_ours(text):
        return True
    words = text.split()
    return (
        len(text) <= LONGEST
        and not _ADDRESS.search(text)
        and 2 * sum(map(bool, map(_DIGIT.search, words))) > len(words)
    )


def symbols_after_prefix(text: str) -> int | None:
    """How many symbols stand after NMO, when a text is a beginning or an excess of a code of ours; otherwise None."""
    return _after_prefix(_BETWEEN.sub("", text[: 2 * LONGEST]).upper().translate(_LOOKS_LIKE))


def _after_prefix(symbols: str) -> int | None:
    if not symbols.startswith(_PREFIXES) or any(symbol not in ALPHABET for symbol in symbols[len(PREFIX) :]):
        return None
    return len(symbols) - len(PREFIX)


def legacy_form(text: str) -> str:
    """A code of the closed portal, whose format nobody knows: trimmed and case folded (domain.md 3.2)."""
    return " ".join(text.split()).casefold()[:LONGEST]


def _is_right(code: str) -> bool:
    if len(code) != SYMBOLS or any(symbol not in ALPHABET for symbol in code):
        return False
    return check_symbol(code[:-1]) == code[-1]
