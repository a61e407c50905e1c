"""How much a title is what somebody typed: by words in whatever form, without those that stand in every title."""

from __future__ import annotations

from collections.abc import Sequence

from nmfo.catalogue.search.reading import lexemes_of
from nmfo.catalogue.search.words import clean

ENOUGH = 0.5  # of the words that tell something
_SHORTEST_BEGINNING = 4  # letters: «онколог» is the beginning of «онкологический»
_SAID_OF_EVERYTHING = (
    "конференция вебинар семинар лекция школа съезд конгресс форум симпозиум мастер-класс мероприятие программа курс "
    "модуль цикл обучение повышение квалификация переподготовка онлайн очный заочный всероссийский региональный "
    "международный межрегиональный научный практический вопросы"
)


def likeness(wanted: str, titles: Sequence[str]) -> list[float]:
    """Which part of the telling words of `wanted` each title has, from 0 to 1. One statement for all titles."""
    asked, common, *known = lexemes_of([clean(wanted), _SAID_OF_EVERYTHING, *titles])
    telling = [word for word in asked if word not in common]
    if not telling:
        return [0.0] * len(titles)
    return [sum(_stands_in(word, title) for word in telling) / len(telling) for title in known]


def _stands_in(word: str, title: Sequence[str]) -> bool:
    return any(one == word or _begins(one, word) or _begins(word, one) for one in title)


def _begins(longer: str, shorter: str) -> bool:
    return len(shorter) >= _SHORTEST_BEGINNING and longer.startswith(shorter)
