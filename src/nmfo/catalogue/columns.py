"""The columns of a file of programmes: their names, what they may say, and how a row becomes facts. No ORM, no clock.

A column that the file does not have leaves what is there; an empty cell empties it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy
from rapidfuzz import fuzz, process

from foundation.errors import Refused
from nmfo.catalogue.fields import LABELS
from nmfo.catalogue.rules.refusals import ChoiceUnknown, ControlCharacters, Missing, TextTooLong
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.versions import SpecialtyFacts, TeacherFacts, VersionFacts
from nmfo.catalogue.rules.words import Basis, Form
from nmfo.reference.models import Level

Name = str | Promise
Trouble = tuple[str, Refused]
KEY, SUBMIT = "key", "submit"
LONGEST_KEY = 80
SHEETS = ("Программы", "Programmes")
EXAMPLE_KEYS = frozenset({"пример", "example"})
_LANGUAGES = ("ru", "en")
_ALIKE = 80  # of 100: how near a name must be to be offered
_NUMBERED_DAYS = (36_526, 73_050)  # 2000 to 2099, as spreadsheets count days from 1899


class NumberUnreadable(Refused):
    message = _("«%(value)s» is not a whole number.")


class NumberBelowZero(Refused):
    message = _("«%(value)s»: a number below zero does not fit here.")


class DayUnreadable(Refused):
    message = _("«%(value)s» is not a day. Write it like 31.12.2026.")


class YesNoUnreadable(Refused):
    message = _("«%(value)s» is neither yes nor no.")


class SpecialtyUnknown(Refused):
    message = _("There is no specialty «%(value)s».")


class SpecialtyPerhaps(Refused):
    message = _("There is no specialty «%(value)s». Perhaps it is «%(near)s».")


class RegionUnknown(Refused):
    message = _("There is no region «%(value)s».")


class KeyTooLong(Refused):
    message = _("A key has at most %(most)s characters.")


class ColumnsMissing(Refused):
    message = _("The first row has the names of the columns; these are missing: %(names)s.")


class ColumnsUnknown(Refused):
    message = _("The portal does not know these columns: %(names)s. Rename or delete them.")


class ColumnsTwice(Refused):
    message = _("These columns stand twice: %(names)s. Leave one of each.")


class ValueOutside(Refused):
    message = _("«%(value)s» stands in a column without a name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its key, what it is called, how to fill it in, and an example: a text, or a day so many days ahead."""

    key: str
    name: Name
    hint: Name
    example: str = ""
    example_in_days: int | None = None
    needed: bool = False

    def example_on(self, today: dt.date) -> str:
        """The example as it is filled in on a day: a run that has begun would be refused."""
        if self.example_in_days is None:
            return self.example
        return f"{today + dt.timedelta(days=self.example_in_days):%d.%m.%Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The reference lists as a row asks them: by names without case, ё and punctuation."""

    specialties: Mapping[str, Sequence[SpecialtyFacts]]
    regions: Mapping[str, str]
    today: dt.date
    epoch: dt.date


_SEVERAL = _("Several are separated by semicolons.")
_DAY = _("A day: 31.12.2026.")
_YES_NO = _("Yes or no; empty: no.")
_RUN = "run."
COLUMNS: tuple[Column, ...] = (
    Column(
        key=KEY,
        name=pgettext_lazy("import", "Key"),
        hint=_("Your own number of the programme: by it the portal finds the programme again. It never changes."),
        example="ОРГ-001",
        needed=True,
    ),
    Column(key="title", name=LABELS["title"], hint=_("At most 300 characters."), example="Анемии в практике терапевта"),
    Column(
        key="annotation",
        name=LABELS["annotation"],
        hint=_("What it is about; Markdown may be used."),
        example="Дифференциальная диагностика и лечение анемий на амбулаторном приёме.",
    ),
    Column(
        key="aims",
        name=LABELS["aims"],
        hint=_("What the listener will know and be able to do."),
        example="Уметь назначать обследование и лечение.",
    ),
    Column(key="new_competence", name=LABELS["new_competence"], hint=_("Empty when there is none.")),
    Column(key="levels", name=LABELS["levels"], hint=_SEVERAL, example="Высшее образование"),
    Column(key="hours", name=LABELS["hours"], hint=_("A whole number from 16 to 500."), example="36"),
    Column(key="form", name=LABELS["form"], hint=_("One of the list."), example="Очная"),
    Column(key="bases", name=LABELS["bases"], hint=_SEVERAL, example="Бюджет; Договор"),
    Column(key="main_specialties", name=LABELS["main_specialties"], hint=_SEVERAL, example="Терапия"),
    Column(key="other_specialties", name=LABELS["other_specialties"], hint=_SEVERAL, example="Кардиология"),
    Column(key="distance", name=LABELS["distance"], hint=_YES_NO, example="нет"),
    Column(key="e_learning", name=LABELS["e_learning"], hint=_YES_NO, example="нет"),
    Column(key="internship", name=LABELS["internship"], hint=_YES_NO, example="нет"),
    Column(key="simulation", name=LABELS["simulation"], hint=_YES_NO, example="да"),
    Column(key="network", name=LABELS["network"], hint=_YES_NO, example="нет"),
    Column(key="basic_model", name=LABELS["basic_model"], hint=_YES_NO, example="нет"),
    Column(key="price_rub", name=LABELS["price_rub"], hint=_("Whole roubles; 0: free of charge."), example="9800"),
    Column(
        key="teachers",
        name=LABELS["teachers"],
        hint=_("Name, then a comma and the post. Several are separated by semicolons."),
        example="Иванова Анна Петровна, профессор; Сидоров Олег Ильич, доцент",
    ),
    Column(
        key=SUBMIT,
        name=pgettext_lazy("import", "Submit"),
        hint=_("Yes: the programme goes to the operator for review at once when it is complete; else it is a draft."),
        example="нет",
    ),
    Column(
        key="run.key",
        name=pgettext_lazy("import", "Run: key"),
        hint=_("Your own number of the run; empty: its first day is its key."),
        example="1",
    ),
    Column(key="run.begins_on", name=pgettext_lazy("import", "Run: first day"), hint=_DAY, example_in_days=90),
    Column(key="run.ends_on", name=pgettext_lazy("import", "Run: last day"), hint=_DAY, example_in_days=101),
    Column(
        key="run.apply_until_on",
        name=pgettext_lazy("import", "Run: applications until"),
        hint=_("A day; empty: until the first day."),
        example_in_days=80,
    ),
    Column(
        key="run.seats", name=pgettext_lazy("import", "Run: seats"), hint=_("Empty: no limit of seats."), example="25"
    ),
    Column(
        key="run.region",
        name=pgettext_lazy("import", "Run: region"),
        hint=_("Name or code; empty only when the programme is taught at a distance."),
        example="Москва",
    ),
    Column(
        key="run.place",
        name=pgettext_lazy("import", "Run: place"),
        hint=_("Address or a name of the place."),
        example="ул. Примерная, 1",
    ),
    Column(
        key="run.bases",
        name=pgettext_lazy("import", "Run: who pays"),
        hint=_("As of the programme; empty: the same."),
        example="Договор",
    ),
    Column(
        key="run.price_rub",
        name=pgettext_lazy("import", "Run: price, roubles"),
        hint=_("Empty: not said; 0: free of charge."),
        example="9800",
    ),
)
_BY_KEY = {column.key: column for column in COLUMNS}
ITEM_COLUMNS = tuple(column.key for column in COLUMNS if not column.key.startswith(_RUN) and column.key != KEY)
RUN_COLUMNS = tuple(column.key for column in COLUMNS if column.key.startswith(_RUN))
_NEEDED = tuple(column.key for column in COLUMNS if column.needed)


def label_of_column(key: str) -> str:
    """What a column is called in the current language."""
    return str(_BY_KEY[key].name if key in _BY_KEY else LABELS.get(key, ""))


def fold(text: str) -> str:
    """A name as it is compared: without case, ё, punctuation and doubled spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[^\w№%+]+", " ", plain).split())


_ALSO = {
    "дот": "distance",
    "уровень": "levels",
    "форма": "form",
    "основа": "bases",
    "специальности": "main_specialties",
    "цена руб": "price_rub",
    "поток цена руб": "run.price_rub",
    "поток основа": "run.bases",
    "подать": SUBMIT,
}


def _names() -> dict[str, str]:
    """Names of columns in every language, usual short ones, and their keys, as they may stand in a first row."""
    found = {**_ALSO, **{column.key: column.key for column in COLUMNS}}
    for language in _LANGUAGES:
        with override(language):
            found |= {fold(str(column.name)): column.key for column in COLUMNS}
    return found


def columns_of(header: Sequence[str]) -> dict[int, str]:
    """Which column stands where. Raises ColumnsUnknown, ColumnsTwice, ColumnsMissing."""
    names, found, unknown = _names(), dict[int, str](), list[str]()
    for place, cell in enumerate(header):
        written = cell.strip().removesuffix("*").strip()
        key = names.get(written.lower()) or names.get(fold(written))
        if key:
            found[place] = key
        elif written:
            unknown.append(f"«{written[:40]}»")
    missing = [key for key in _NEEDED if key not in found.values()]
    if missing:
        raise ColumnsMissing(names=", ".join(f"«{label_of_column(key)}»" for key in missing))
    if unknown:
        raise ColumnsUnknown(names=", ".join(unknown[:10]) + (", …" if len(unknown) > 10 else ""))  # noqa: PLR2004
    twice = sorted({key for key in found.values() if list(found.values()).count(key) > 1})
    if twice:
        raise ColumnsTwice(names=", ".join(f"«{label_of_column(key)}»" for key in twice))
    return found


def read_key(text: str) -> str:
    """The organisation's key of a row. Raises Missing, KeyTooLong, ControlCharacters."""
    _check_signs(text)
    key = " ".join(text.split())
    if not key:
        raise Missing
    if len(key) > LONGEST_KEY:
        raise KeyTooLong(most=LONGEST_KEY)
    return key


def read_item(cells: Mapping[str, str], known: Known, base: VersionFacts) -> tuple[VersionFacts, bool, list[Trouble]]:
    """What a row says of its programme, on top of `base`; whether it asks for the review; and what cannot be read."""
    values, troubles = _values(cells, _ITEM_READERS, known)
    levels = values.get("levels", base.levels)
    for name in ("main_specialties", "other_specialties"):
        if name in values:
            values[name] = tuple(_chosen(values[name], levels, known.today))
    submit = bool(values.pop(SUBMIT, False))
    return replace(base, **values), submit, troubles


def read_run(
    cells: Mapping[str, str], known: Known, *, item: VersionFacts, base: RunFacts | None
) -> tuple[str, RunFacts | None, list[Trouble]]:
    """The key and the facts of the run that a row sets; None: it sets none, or what it says cannot be read."""
    values, troubles = _values(cells, _RUN_READERS, known)
    begins_on = values.get("run.begins_on") or (base.begins_on if base else None)
    ends_on = values.get("run.ends_on") or (base.ends_on if base else None)
    missing = [name for name, day in (("run.begins_on", begins_on), ("run.ends_on", ends_on)) if day is None]
    broken = {name for name, _problem in troubles}
    troubles += [(name, Missing()) for name in missing if name not in broken]
    if troubles or begins_on is None or ends_on is None:
        return "", None, troubles
    given = {name.removeprefix(_RUN): value for name, value in values.items()}
    key = given.pop("key", "") or begins_on.isoformat()
    given |= {"begins_on": begins_on, "ends_on": ends_on}
    given["apply_until_on"] = given.get("apply_until_on") or (base.apply_until_on if base else None) or begins_on
    given["bases"] = given.get("bases") or (base.bases if base else item.bases)
    if base is not None:
        return key, replace(base, **given), []
    return key, RunFacts(**given), []


def run_key(cells: Mapping[str, str], known: Known) -> str:
    """The key of the run that a row names, as far as it can be read."""
    written = " ".join(cells.get("run.key", "").split())
    if written:
        return written[:LONGEST_KEY]
    try:
        found = _day(cells.get("run.begins_on", ""), known)
    except DayUnreadable:
        return ""
    return found.isoformat() if found else ""


def sets_a_run(cells: Mapping[str, str]) -> bool:
    """Whether any cell of a run is filled in."""
    return any(cells.get(name, "").strip() for name in RUN_COLUMNS)


Reader = Callable[[str, Known], Any]


def _values(
    cells: Mapping[str, str], readers: Mapping[str, Reader], known: Known
) -> tuple[dict[str, Any], list[Trouble]]:
    values: dict[str, Any] = {}
    troubles: list[Trouble] = []
    for name, read in readers.items():
        if name not in cells:
            continue
        try:
            values[name] = read(cells[name], known)
        except Refused as refusal:
            troubles.append((name, refusal))
    return values, troubles


def _check_signs(text: str, allowed: str = "") -> None:
    if any((sign < " " and sign not in allowed) or "\x7f" <= sign <= "\x9f" for sign in text):
        raise ControlCharacters


def _line(text: str, known: Known) -> str:
    plain = unicodedata.normalize("NFC", text.replace("\r\n", " ").replace("\n", " ").replace("\t", " "))
    return re.sub(r"[ \u00a0]+", " ", plain).strip()


def _lines(text: str, known: Known) -> str:
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


_BELOW_ZERO = re.compile(r"[-\u2012-\u2014\u2212][0-9]{1,9}")


def _number(text: str, known: Known) -> int | None:
    plain = re.sub(r"[\s\u00a0\u202f\u2009_]|руб\.?|₽", "", text.strip().lower())
    plain = re.sub(r"[.,]0+$", "", plain)
    if not plain:
        return None
    if _BELOW_ZERO.fullmatch(plain):
        raise NumberBelowZero(value=text.strip()[:40])
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 9:  # noqa: PLR2004 - longer ones are a slip
        raise NumberUnreadable(value=text.strip()[:40])
    return int(plain)


_YES = frozenset({"да", "yes", "true", "1", "+", "д", "y", "истина", "есть"})
_NO = frozenset({"", "нет", "no", "false", "0", "-", "–", "—", "н", "n", "ложь"})


def _yes_no(text: str, known: Known) -> bool:
    plain = text.strip().casefold()
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise YesNoUnreadable(value=text.strip()[:40])


def _day(text: str, known: Known) -> dt.date | None:
    """A day in the usual writings, or numbered as spreadsheets keep it."""
    plain = text.strip().removesuffix("г.").strip()
    if not plain:
        return None
    if plain.isascii() and plain.isdigit() and _NUMBERED_DAYS[0] <= int(plain[:9]) <= _NUMBERED_DAYS[1]:
        return known.epoch + dt.timedelta(days=int(plain))
    plain = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", plain)
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(plain, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise DayUnreadable(value=text.strip()[:40])


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


_SHORT: dict[str, tuple[str, ...]] = {
    Level.HIGHER: ("во", "высшее"),
    Level.SECONDARY: ("спо", "со", "среднее", "среднее профессиональное"),
    Form.FULL_TIME: ("очно",),
    Form.PART_TIME: ("очно заочно",),
    Form.CORRESPONDENCE: ("заочно",),
    Basis.BUDGET: ("бюджет", "бюджетная", "государственное задание"),
    Basis.CONTRACT: ("договор", "договорная", "внебюджет", "платно"),
    Basis.CERTIFICATE: ("сертификат",),
}


@cache
def _names_of(values: type[Level | Form | Basis]) -> Mapping[str, str]:
    """Choices by their codes, their names in every language, and their usual short forms."""
    found: dict[str, str] = {}
    for value in values:
        found |= {fold(value.value): value.value, **dict.fromkeys(_SHORT[value.value], value.value)}
        for language in _LANGUAGES:
            with override(language):
                found[fold(str(value.label))] = value.value
    return found


def _choice(text: str, values: type[Level | Form | Basis]) -> str:
    found = _names_of(values).get(fold(text))
    if found is None:
        raise ChoiceUnknown(value=text.strip()[:40])
    return found


def _comma_too(text: str) -> list[str]:
    """Parts of a list whose names have no commas."""
    return [piece.strip() for part in _parts(text) for piece in part.split(",") if piece.strip()]


def _levels(text: str, known: Known) -> tuple[str, ...]:
    chosen = {_choice(part, Level) for part in _comma_too(text)}
    return tuple(level for level in Level.values if level in chosen)


def _one_form(text: str, known: Known) -> str:
    return _choice(text, Form) if text.strip() else ""


def _bases(text: str, known: Known) -> tuple[str, ...]:
    chosen = {_choice(part, Basis) for part in _comma_too(text)}
    return tuple(base for base in Basis.values if base in chosen)


def _specialties(text: str, known: Known) -> list[Sequence[SpecialtyFacts]]:
    return [_specialty(part, known) for part in _parts(text)]


def _specialty(name: str, known: Known) -> Sequence[SpecialtyFacts]:
    """Every entry of that name, of any act and level."""
    found = known.specialties.get(fold(name))
    if found:
        return found
    near = process.extractOne(fold(name), known.specialties.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    if near is None:
        raise SpecialtyUnknown(value=name[:80])
    raise SpecialtyPerhaps(value=name[:80], near=known.specialties[near[0]][0].name)


def _chosen(
    entries: Collection[Sequence[SpecialtyFacts]], levels: Collection[str], today: dt.date
) -> list[SpecialtyFacts]:
    """Of the entries of each name the one in force for each of the levels, else the newest one."""
    found: list[SpecialtyFacts] = []
    for same_name in entries:
        fitting = [one for one in same_name if one.level in levels] or list(same_name)
        in_force = [one for one in fitting if one.valid_until_on is None or one.valid_until_on >= today]
        by_level = {one.level: one for one in reversed(in_force or fitting[:1])}
        found += [one for one in by_level.values() if one not in found]
    return found


def _teachers(text: str, known: Known) -> tuple[TeacherFacts, ...]:
    people = [part.partition(",") for part in _parts(text)]
    return tuple(TeacherFacts(name=_line(name, known), post=_line(post, known)) for name, _comma, post in people)


def _region(text: str, known: Known) -> str:
    plain = fold(text)
    if not plain:
        return ""
    code = plain.zfill(2) if plain.isdigit() else plain
    found = known.regions.get(code) or known.regions.get(plain.removeprefix("г "))
    if not found:
        raise RegionUnknown(value=text.strip()[:40])
    return found


def _run_key(text: str, known: Known) -> str:
    return read_key(text) if text.strip() else ""


def _place(text: str, known: Known) -> str:
    plain = _line(text, known)
    if len(plain) > 300:  # noqa: PLR2004 - the column's length
        raise TextTooLong(most=300, length=len(plain))
    return plain


_ITEM_READERS: dict[str, Reader] = {
    "title": _line,
    "annotation": _lines,
    "aims": _lines,
    "new_competence": _lines,
    "levels": _levels,
    "hours": _number,
    "form": _one_form,
    "bases": _bases,
    "main_specialties": _specialties,
    "other_specialties": _specialties,
    "distance": _yes_no,
    "e_learning": _yes_no,
    "internship": _yes_no,
    "simulation": _yes_no,
    "network": _yes_no,
    "basic_model": _yes_no,
    "price_rub": _number,
    "teachers": _teachers,
    SUBMIT: _yes_no,
}
_RUN_READERS: dict[str, Reader] = {
    "run.key": _run_key,
    "run.begins_on": _day,
    "run.ends_on": _day,
    "run.apply_until_on": _day,
    "run.seats": _number,
    "run.region": _region,
    "run.place": _place,
    "run.bases": _bases,
    "run.price_rub": _number,
}
