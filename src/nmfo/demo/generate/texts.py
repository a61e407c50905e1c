"""Titles, annotations and aims of invented items, put together from `topics.txt` and `patterns.txt`.

A few topics and words are common, many are rare, as in a real catalogue. Everything follows from the `Random` given.
"""

from __future__ import annotations

import functools
import random
import re
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nmfo.demo.generate.names import falling
from nmfo.demo.generate.plan import happens
from nmfo.demo.generate.words import Phrase, phrase

T = TypeVar("T")
_FOLDER = Path(__file__).parent
_DEVOTED = {
    "programme": "Программа посвящена",
    "event": "Мероприятие посвящено",
    "module": "Модуль посвящён",
}
# How a specialty is declined where the rule would go wrong (words.py).
_SPECIALTIES = {
    "Гигиена детей и подростков": "гигиена | детей и подростков",
    "Гигиена питания": "гигиена | питания",
    "Гигиена труда": "гигиена | труда",
    "Общая врачебная практика (семейная медицина)": "общая врачебная практика",
    "Организация здравоохранения и общественное здоровье": "организация | здравоохранения",
    "Организация сестринского дела": "организация | сестринского дела",
    "Рентгенэндоваскулярные диагностика и лечение": "рентгенэндоваскулярная хирургия",
    "Сестринское дело в косметологии": "сестринское дело | в косметологии",
    "Сестринское дело в педиатрии": "сестринское дело | в педиатрии",
    "Социальная гигиена и организация госсанэпидслужбы": "социальная гигиена",
    "Стоматология общей практики": "стоматология | общей практики",
    "Управление и экономика фармации": "управление и экономика | фармации",
    "Управление сестринской деятельностью": "управление | сестринской деятельностью",
    "Эпидемиология (паразитология)": "эпидемиология",
}
_LETTERS = "ABCDEFGHIJKLMNOQRSTZ"


@dataclass(frozen=True, slots=True)
class Topic:
    """What an item is about. A subject is something done, other topics are diseases."""

    phrase: Phrase
    is_subject: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The words of an item."""

    title: str
    annotation: str
    aims: str
    competence: str


@functools.cache
def _sections(name: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = lines = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return {title: tuple(lines) for title, lines in found.items()}


def _patterns(name: str) -> tuple[str, ...]:
    return _sections("patterns.txt")[name]


@functools.cache
def _topics() -> dict[str, tuple[Topic, ...]]:
    found = {}
    for names, lines in _sections("topics.txt").items():
        topics = tuple(Topic(phrase(line.removeprefix("~ ")), line.startswith("~")) for line in lines)
        found.update(dict.fromkeys(names.split("; "), topics))
    return found


@functools.cache
def topics_of(specialty: str) -> tuple[Topic, ...]:
    """What a specialty deals with, the common first; each specialty has an order of its own."""
    topics = list(_topics().get(specialty) or _topics()["Терапия"])
    head, tail = topics[:6], topics[6:]
    random.Random(specialty).shuffle(tail)  # noqa: S311 - invented data
    return (*head, *tail)


def known_specialties() -> frozenset[str]:
    """Specialties that have topics of their own."""
    return frozenset(_topics())


@functools.cache
def peers_of(specialty: str) -> tuple[str, ...]:
    """Specialties that deal with the same topics, the given one left out."""
    for names in _sections("topics.txt"):
        listed = names.split("; ")
        if specialty in listed:
            return tuple(name for name in listed if name != specialty)
    return ()


@functools.cache
def specialty_phrase(name: str) -> Phrase:
    """A specialty in its cases, in small letters."""
    return phrase(_SPECIALTIES.get(name) or name[:1].lower() + name[1:])


@functools.cache
def _methods() -> tuple[Phrase, ...]:
    return tuple(phrase(line) for line in _patterns("method"))


@functools.cache
def _doctor(specialty: str) -> tuple[str, ...]:
    """«врача-кардиолога», where the name of the specialty tells it."""
    found = re.fullmatch(r"(\w+лог)ия", specialty[:1].lower() + specialty[1:])
    return (f"врача-{found[1]}а",) if found else ()


def pick(chance: random.Random, rows: Sequence[T]) -> T:
    """One of the rows, the first ones more often."""
    return rows[bisect(falling(len(rows)), chance.random())]


def write(chance: random.Random, *, kind: str, specialty: str, level: str) -> Text:
    """The words of an item of a kind for a specialty of a level (`higher`, `secondary`)."""
    rows = topics_of(specialty)
    topic = pick(chance, rows)
    sort = "subject" if topic.is_subject else "disease"
    fill = _filling(chance, rows, topic, kind, specialty, level)
    usual = _patterns("middle")
    middle = chance.sample(usual if topic.is_subject else (*usual, *_patterns("middle disease")), chance.randint(1, 4))
    sentences = [
        pick(chance, _patterns(f"opening {sort}")),
        *middle,
        chance.choice(_patterns(f"closing {kind}")),
    ]
    aims = chance.sample(_patterns(f"aim {sort}"), chance.randint(3, 5)) if kind == "programme" else []
    competence = chance.choice(_patterns("competence")) if kind == "programme" and happens(chance, 0.12) else ""
    return Text(
        title=pick(chance, _patterns(f"title {kind} {sort}")).format(**fill),
        annotation=_paragraphs([sentence.format(**fill) for sentence in sentences]),
        aims="\n".join(line.format(**fill) for line in aims),
        competence=competence.format(**fill),
    )


def _paragraphs(sentences: list[str]) -> str:
    """Two paragraphs when there is enough to say."""
    sentences = [sentence[:1].upper() + sentence[1:] for sentence in sentences]
    if len(sentences) <= 3:  # noqa: PLR2004 - short enough for one
        return " ".join(sentences)
    return " ".join(sentences[:2]) + "\n\n" + " ".join(sentences[2:])


def _filling(
    chance: random.Random, rows: Sequence[Topic], topic: Topic, kind: str, specialty: str, level: str
) -> dict[str, object]:
    others = [row for row in rows if row is not topic]
    second, third = chance.sample(others, 2)
    method, other_method = chance.sample(_methods(), 2)
    group, other_group = chance.sample(_patterns("group"), 2)
    drug, other_drug = pick(chance, _patterns("drug")), chance.choice(_patterns("drug"))
    said = f" {topic.phrase.nom} "
    doctors = _doctor(specialty) if level == "higher" else ()
    return {
        "t": topic.phrase,
        "u": second.phrase,
        "v": third.phrase,
        "s": specialty_phrase(specialty),
        "d": pick(chance, (*doctors, *_patterns(f"practice {level}"))),
        "f": chance.choice(_patterns(f"people {level}")),
        "g": "в сложных случаях" if " у " in said else group,
        "i": other_group,
        "h": "на практике" if " в " in said or " на " in said or " вне " in said else pick(chance, _patterns("where")),
        "m": method,
        "n": other_method,
        "e": pick(chance, _patterns("eponym")),
        "a": drug,
        "b": other_drug if other_drug != drug else "парацетамол",
        "c": _code(chance),
        "k": _code(chance),
        "q": chance.randint(5, 20),
        "w": chance.randint(5, 16),
        "devoted": _DEVOTED[kind],
    }


def _code(chance: random.Random) -> str:
    """A code as МКБ-10 has them."""
    return f"{chance.choice(_LETTERS)}{chance.randint(0, 99):02d}.{chance.randint(0, 9)}"
