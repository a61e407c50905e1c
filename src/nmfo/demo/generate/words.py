"""A small grammar of Russian: phrases in their cases.

A phrase is written in the nominative: adjectives and nouns that are declined, then `|` and what stays as it is. A `+`
after a noun says that it is plural; a genitive plural that does not follow the rule stands in brackets.

    острый бронхит
    хроническая болезнь | почек
    нарушения+ | ритма сердца
    ожоги(ожогов)
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_BACK = "гкх"
_HUSHING = "жшщч"
_ADJECTIVE = re.compile(r"(ый|[гкхжшщчн]ий|ой|ая|яя|ое|ее|ые|[гкхжшщч]ие|нние|дние)$")
_WANTS_O = re.compile(r"[сзшжщ][бвгджзйклмнпрстфхцчшщ]|вс|мн")  # со стенокардией, со всеми, со многими
_OVERRIDE = re.compile(r"(?P<word>[^(]+)\((?P<many>.+)\)")
_MASCULINE = ("контроль", "кашель", "день")  # other nouns in -ь of our lists are feminine
# Endings in the order genitive, dative, accusative, instrumental, prepositional.
_Endings = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase in six cases: who, of what, to what, whom, by what, about what."""

    nom: str
    gen: str
    dat: str
    acc: str
    ins: str
    pre: str

    @property
    def Nom(self) -> str:  # noqa: N802 - read in patterns as the nominative that begins a sentence
        """The nominative with a capital letter."""
        return self.nom[:1].upper() + self.nom[1:]

    @property
    def con(self) -> str:
        """«с» or «со» and the instrumental: of what patients have."""
        return ("со " if _WANTS_O.match(self.ins) else "с ") + self.ins


@functools.cache
def phrase(written: str) -> Phrase:
    """Decline a phrase."""
    declined, bar, tail = written.partition("|")
    plural = False
    words: list[_Forms] = []
    for word in declined.split():
        if _is_adjective(word):
            plural = word.endswith(("ые", "ие"))
            words.append(_adjective(word))
        elif word == "и" or word.isupper():
            words.append((word,) * 6)
        else:
            words.append(_noun(word, plural=plural))
    last = " " + tail.strip() if bar else ""
    return Phrase(*(" ".join(forms[case] for forms in words) + last for case in range(6)))


_Forms = tuple[str, str, str, str, str, str]


def _is_adjective(word: str) -> bool:
    return bool(_ADJECTIVE.search(word)) and not word.endswith(("+", ")"))


def _forms(nominative: str, stem: str, endings: _Endings) -> _Forms:
    gen, dat, acc, ins, pre = (stem + ending for ending in endings)
    return nominative, gen, dat, acc, ins, pre


def _adjective(word: str) -> _Forms:
    stem, ending = word[:-2], word[-2:]
    soft = stem[-1] in _HUSHING or (stem[-1] == "н" and ending in {"ий", "яя", "ее", "ие"})
    i = "и" if soft or stem[-1] in _BACK else "ы"
    o = "е" if soft else "о"
    if ending in {"ый", "ий", "ой"}:
        return _forms(word, stem, (f"{o}го", f"{o}му", ending, f"{i}м", f"{o}м"))
    if ending in {"ая", "яя"}:
        acc = "юю" if ending == "яя" else "ую"
        return _forms(word, stem, (f"{o}й", f"{o}й", acc, f"{o}й", f"{o}й"))
    if ending in {"ое", "ее"}:
        return _forms(word, stem, (f"{o}го", f"{o}му", ending, f"{i}м", f"{o}м"))
    return _forms(word, stem, (f"{i}х", f"{i}м", ending, f"{i}ми", f"{i}х"))


def _noun(word: str, *, plural: bool) -> _Forms:
    found = _OVERRIDE.fullmatch(word)
    if found:
        return _plural(found["word"], found["many"])
    if word.endswith("+") or plural:
        return _plural(word.removesuffix("+"), "")
    if "-" in word:
        first, _dash, second = word.rpartition("-")
        if first.endswith(("ия", "а")):  # психиатрия-наркология: both are declined
            pairs = zip(_noun(first, plural=False), _noun(second, plural=False), strict=True)
            return tuple("-".join(pair) for pair in pairs)  # type: ignore[return-value]  # six of them
        return tuple(f"{first}-{form}" for form in _noun(second, plural=False))  # type: ignore[return-value]  # six
    return _singular(word)


# Endings of singular nouns by how the nominative ends, the last letter left off; the first that fits.
_SINGULAR: tuple[tuple[str, _Endings], ...] = (
    ("ия", ("и", "и", "ю", "ей", "и")),
    ("ий", ("я", "ю", "й", "ем", "и")),
    ("ие", ("я", "ю", "е", "ем", "и")),
    ("я", ("и", "е", "ю", "ей", "е")),
    ("ь", ("и", "и", "ь", "ью", "и")),
    ("й", ("я", "ю", "й", "ем", "е")),
    ("ё", ("я", "ю", "ё", "ём", "е")),
    ("о", ("а", "у", "о", "ом", "е")),
    ("е", ("а", "у", "е", "ем", "е")),
)


def _singular(word: str) -> _Forms:
    stem = word[:-1]
    if word in _MASCULINE:
        return _forms(word, stem, ("я", "ю", "ь", "ем", "е"))
    if word.endswith("а"):
        gen = "и" if stem[-1] in _BACK + _HUSHING else "ы"
        return _forms(word, stem, (gen, "е", "у", "ей" if stem[-1] in _HUSHING + "ц" else "ой", "е"))
    for ending, endings in _SINGULAR:
        if word.endswith(ending):
            return _forms(word, stem, endings)
    return _forms(word, word, ("а", "у", "", "ем" if word[-1] in _HUSHING + "ц" else "ом", "е"))


def _plural(word: str, many: str) -> _Forms:
    stem, last = word[:-1], word[-1]
    soft = (last == "и" and stem[-1] not in _BACK + _HUSHING) or last == "я"
    a = "я" if soft else "а"
    if not many:
        many = _genitive_plural(word)
    return word, many, f"{stem}{a}м", word, f"{stem}{a}ми", f"{stem}{a}х"


def _genitive_plural(word: str) -> str:
    stem, two = word[:-1], word[-2:]
    if two in {"ии", "ия"}:
        return stem + "й"
    if word[-1] in "ыа" or stem[-1] in _BACK:
        return stem
    return stem + "ей"
