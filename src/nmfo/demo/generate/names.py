"""Names of invented people: surname, first name, patronymic that agree. A few are common, many are rare, as in life."""

from __future__ import annotations

import functools
from itertools import accumulate
from pathlib import Path

_MEN = {
    "Александр": "Александрович", "Сергей": "Сергеевич", "Дмитрий": "Дмитриевич", "Андрей": "Андреевич",
    "Алексей": "Алексеевич", "Максим": "Максимович", "Евгений": "Евгеньевич", "Иван": "Иванович",
    "Михаил": "Михайлович", "Артём": "Артёмович", "Владимир": "Владимирович", "Николай": "Николаевич",
    "Павел": "Павлович", "Роман": "Романович", "Виктор": "Викторович", "Олег": "Олегович", "Игорь": "Игоревич",
    "Юрий": "Юрьевич", "Антон": "Антонович", "Анатолий": "Анатольевич", "Денис": "Денисович", "Илья": "Ильич",
    "Константин": "Константинович", "Вячеслав": "Вячеславович", "Василий": "Васильевич", "Валерий": "Валерьевич",
    "Егор": "Егорович", "Григорий": "Григорьевич", "Станислав": "Станиславович", "Борис": "Борисович",
    "Леонид": "Леонидович", "Пётр": "Петрович", "Геннадий": "Геннадьевич", "Тимур": "Тимурович",
    "Руслан": "Русланович", "Марат": "Маратович", "Рустам": "Рустамович", "Эдуард": "Эдуардович",
    "Фёдор": "Фёдорович", "Арсений": "Арсеньевич", "Глеб": "Глебович", "Семён": "Семёнович", "Родион": "Родионович",
    "Захар": "Захарович", "Айрат": "Айратович", "Ренат": "Ренатович", "Магомед": "Магомедович",
    "Савелий": "Савельевич", "Тарас": "Тарасович", "Ярослав": "Ярославович", "Эльдар": "Эльдарович",
}  # fmt: skip
_WOMEN = (
    "Елена Ольга Наталья Анна Ирина Татьяна Светлана Екатерина Мария Юлия Анастасия Людмила Марина Галина Надежда "
    "Валентина Оксана Любовь Виктория Вера Дарья Алина Нина Ксения Евгения Лариса Александра Тамара Полина Кристина "
    "Алла Лилия Диана Инна Валерия Елизавета Маргарита Гульнара Зинаида Раиса Римма Эльвира Регина Айгуль Альбина "
    "Динара Зарина Патимат Фатима Роза Варвара Василиса Ульяна Яна Жанна Лидия Антонина Клавдия Софья Эльмира"
)
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "sch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
SHARE_OF_WOMEN = 0.76


@functools.cache
def surnames() -> tuple[tuple[str, str], ...]:
    """Surnames as men and as women bear them, the common first."""
    words = (Path(__file__).parent / "surnames.txt").read_text(encoding="utf-8").split()
    return tuple((his, _hers(his)) for his in dict.fromkeys(words))


def _hers(his: str) -> str:
    if his.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return his + "а"
    if his.endswith(("ий", "ый", "ой")):
        return his[:-2] + "ая"
    return his


@functools.cache
def men() -> tuple[str, ...]:
    """Names of men, the common first."""
    return tuple(_MEN)


@functools.cache
def women() -> tuple[str, ...]:
    """Names of women, the common first."""
    return tuple(_WOMEN.split())


@functools.cache
def patronymics() -> tuple[tuple[str, str], ...]:
    """What sons and daughters are called after their fathers, in the order of `men`."""
    return tuple((son, "Ильинична" if son == "Ильич" else son.removesuffix("ич") + "на") for son in _MEN.values())


def in_latin(word: str) -> str:
    """A Russian word in Latin letters, as an address of mail has it."""
    return "".join(_LATIN.get(sign, sign) for sign in word.lower())


@functools.cache
def falling(count: int, power: float = 0.8) -> list[float]:
    """Cumulative weights, up to 1, of a list whose first entries are common and whose last are rare."""
    whole = list(accumulate(1 / (rank + 3) ** power for rank in range(count)))
    return [part / whole[-1] for part in whole]
