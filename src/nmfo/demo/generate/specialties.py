"""Which specialties invented people and items have: the popular ones much more often."""

from __future__ import annotations

import functools
from itertools import accumulate

from nmfo.demo.generate.texts import known_specialties

POPULAR = (
    "Терапия", "Сестринское дело", "Педиатрия", "Общая врачебная практика (семейная медицина)", "Кардиология",
    "Акушерство и гинекология", "Хирургия", "Неврология", "Анестезиология-реаниматология", "Лечебное дело",
    "Скорая и неотложная помощь", "Общая практика", "Фармация", "Рентгенология",
    "Организация здравоохранения и общественное здоровье", "Ультразвуковая диагностика", "Инфекционные болезни",
    "Онкология", "Эндокринология", "Сестринское дело в педиатрии", "Лабораторная диагностика",
    "Стоматология терапевтическая",
)  # fmt: skip
Listed = tuple[tuple[int, str, str], ...]  # id, name, level


@functools.cache
def ids_of(listed: Listed, level: str) -> dict[str, int]:
    """The specialties of a level by name."""
    known = known_specialties()
    return {name: key for key, name, at in listed if at == level and name in known}


@functools.cache
def weights_of(listed: Listed, level: str) -> list[float]:
    """Their cumulative weights, up to 1, in the same order."""
    ranks = {name: rank for rank, name in enumerate(POPULAR)}
    whole = list(accumulate(12 / (ranks[name] + 2) if name in ranks else 0.35 for name in ids_of(listed, level)))
    return [part / whole[-1] for part in whole]
