"""What a password may be (identity.md 7.6): long, not known to the world, not made of the person's own data."""

from __future__ import annotations

import bisect
import functools
import hashlib
import mmap
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused

LONGEST = 128
_ENTRY_BYTES = 8
_SHORTEST_PART = 4
_DIFFERENT_SIGNS = 5
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~"
_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_PORTAL_WORDS = ("nmfo", "нмфо", "портал", "portal", "rosminzdrav", "минздрав", "password", "пароль", "gosuslugi")

# Words of our own choice for the suggestion: short, easy to hear and to type.
WORDS = [
    "аптека",
    "арбуз",
    "базар",
    "балкон",
    "баржа",
    "берег",
    "билет",
    "букет",
    "вагон",
    "ветер",
    "вишня",
    "вокзал",
    "ворота",
    "газета",
    "гавань",
    "герань",
    "глобус",
    "город",
    "гравий",
    "груша",
    "дельта",
    "дерево",
    "диван",
    "дорога",
    "дупло",
    "еж",
    "ежевика",
    "жасмин",
    "желудь",
    "завод",
    "закат",
    "замок",
    "зарница",
    "звезда",
    "зебра",
    "зерно",
    "зима",
    "зонт",
    "игла",
    "изюм",
    "ирис",
    "искра",
    "кабель",
    "калина",
    "камень",
    "канат",
    "карта",
    "кедр",
    "кисть",
    "клевер",
    "клен",
    "ключ",
    "книга",
    "козырек",
    "колос",
    "компас",
    "корабль",
    "корица",
    "костер",
    "кофе",
    "краска",
    "крыло",
    "лавка",
    "ладонь",
    "лампа",
    "ландыш",
    "лебедь",
    "лента",
    "лимон",
    "липа",
    "лист",
    "лодка",
    "лопата",
    "луг",
    "маяк",
    "мед",
    "мельница",
    "метель",
    "мост",
    "музей",
    "мята",
    "невод",
    "нитка",
    "облако",
    "овес",
    "озеро",
    "окно",
    "олень",
    "орех",
    "осень",
    "остров",
    "парус",
    "перо",
    "песок",
    "пион",
    "пирог",
    "платок",
    "плот",
    "поле",
    "порог",
    "посох",
    "птица",
    "пчела",
    "радуга",
    "ракета",
    "резьба",
    "река",
    "роща",
    "рубин",
    "рыба",
    "ряска",
    "сад",
    "салат",
    "север",
    "сирень",
    "скала",
    "снег",
    "сова",
    "сокол",
    "солома",
    "стекло",
    "ступень",
    "сугроб",
    "сыр",
    "тайга",
    "теплица",
    "тетрадь",
    "тополь",
    "трава",
    "туман",
    "тыква",
    "улей",
    "утро",
    "фара",
    "фиалка",
    "флаг",
    "фонарь",
    "халва",
    "холм",
    "хвоя",
    "цапля",
    "циркуль",
    "чайка",
    "часы",
    "чашка",
    "черника",
    "шалаш",
    "шапка",
    "шарф",
    "шиповник",
    "шкаф",
    "щавель",
    "экран",
    "эхо",
    "юла",
    "яблоко",
    "якорь",
    "ясень",
    "яхта",
]


class PasswordTooShort(Refused):
    message = _("The password is shorter than %(minimum)d characters. Several unrelated words are easy to remember.")
    field = "password"


class PasswordTooLong(Refused):
    message = _("The password is longer than 128 characters.")
    field = "password"


class PasswordTooPlain(Refused):
    message = _("The password repeats the same characters. Add other ones.")
    field = "password"


class PasswordPersonal(Refused):
    message = _("The password is made of your own data or of the portal's name: such ones are tried first.")
    field = "password"


class PasswordBreached(Refused):
    message = _("This password is in lists of leaked ones. Choose another.")
    field = "password"


class PasswordIsPresent(Refused):
    message = _("This is your present password. Choose another one.")
    field = "password"


class PasswordIsTemporary(Refused):
    message = _("This is the temporary password. Choose one of your own.")
    field = "password"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordFacts:
    """What is known of the person and must not be the password."""

    snils: str = ""
    email: str = ""
    phone: str = ""
    names: Sequence[str] = ()
    birth_dates: Sequence[str] = ()


def check_new_password(password: str, *, facts: PasswordFacts, minimum: int) -> None:
    """Refuse a password that would be guessed. `minimum` is in characters. Raises the refusals above."""
    if len(password) < minimum:
        raise PasswordTooShort(minimum=minimum)
    if len(password) > LONGEST:
        raise PasswordTooLong
    if len(set(password)) < _DIFFERENT_SIGNS or _is_repeated(password) or _is_run(password):
        raise PasswordTooPlain
    if _is_personal(password, facts):
        raise PasswordPersonal
    if is_breached(password):
        raise PasswordBreached


def suggest_password(words: int = 4) -> str:
    """A password of random words and a number: some 35 bits of words and 13 of digits, and easy to write down."""
    chosen = [secrets.choice(WORDS) for _ in range(words)]
    return "-".join([*chosen, str(secrets.randbelow(9000) + 1000)])


def is_breached(password: str) -> bool:
    """Whether the password is in the list that the operator loaded; False without a list."""
    table = _table(settings.BREACHED_PASSWORDS)
    if table is None:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).digest()[:_ENTRY_BYTES]
    return table.has(wanted)


class BreachedTable:
    """A sorted file of 8-byte beginnings of SHA-1, searched in place."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._map) // _ENTRY_BYTES

    def __getitem__(self, number: int) -> bytes:
        if number >= len(self):
            raise IndexError(number)
        return self._map[number * _ENTRY_BYTES : (number + 1) * _ENTRY_BYTES]

    def has(self, entry: bytes) -> bool:
        """Whether the beginning stands in the file."""
        place = bisect.bisect_left(self, entry)
        return place < len(self) and self[place] == entry


@functools.lru_cache(maxsize=4)
def _table(path: str) -> BreachedTable | None:
    file = Path(path)
    return BreachedTable(file) if file.is_file() and file.stat().st_size else None


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold().replace("ё", "е") if sign.isalnum())


def _is_personal(password: str, facts: PasswordFacts) -> bool:
    parts = [facts.snils, facts.email, facts.email.partition("@")[0], facts.phone.lstrip("+"), facts.phone[-10:]]
    parts += [*facts.names, *facts.birth_dates]
    forbidden = {_plain(part) for part in parts if len(_plain(part)) >= _SHORTEST_PART}
    candidates = {_plain(password), _plain(password.translate(_TO_LATIN))}
    forbidden |= {_plain(part.translate(_TO_LATIN)) for part in (*facts.names, *_PORTAL_WORDS)}
    forbidden |= {_plain(word) for word in _PORTAL_WORDS}
    known = sorted((part for part in forbidden if part), key=len, reverse=True)
    return any(_is_mostly(candidate, known) for candidate in candidates)


def _is_mostly(candidate: str, known: Sequence[str]) -> bool:
    """Whether little is left of the password when everything known is taken out of it, the longest first."""
    rest = candidate
    for part in known:
        rest = rest.replace(part, "")
    return rest != candidate and len(rest) <= _DIFFERENT_SIGNS


def _is_repeated(password: str) -> bool:
    return any(
        len(password) % size == 0 and password == password[:size] * (len(password) // size)
        for size in range(1, len(password) // 2 + 1)
    )


_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    _LATIN[:26],
    _CYRILLIC[:33],
)
_SHORTEST_RUN = 4


def _is_run(password: str) -> bool:
    """Whether the password is little more than rows of the keyboard, of the alphabet, of figures."""
    rest, start = "", 0
    plain = password.casefold()
    while start < len(plain):
        length = _run_at(plain, start)
        if length < _SHORTEST_RUN:
            rest, length = rest + plain[start], 1
        start += length
    return len(rest) < _DIFFERENT_SIGNS


def _run_at(plain: str, start: int) -> int:
    """How long the longest row is that begins here."""
    longest = 0
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        end = start + 1
        while end <= len(plain) and plain[start:end] in row:
            end += 1
        longest = max(longest, end - 1 - start)
    return longest
