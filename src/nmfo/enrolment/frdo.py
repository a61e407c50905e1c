"""The file for ФИС ФРДО by its template of additional professional education, and what is wrong with each row.

Column names and the words that may stand in them are those of public lists of the template, which name the same forty
columns in the same order (docs/how-it-works/enrolment.md says of forty-one). Columns about an original document are for
duplicates, which are not issued here yet: they stay empty.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from foundation.errors import Refused
from foundation.files.tables import Sheet, as_xlsx
from foundation.identifiers import snils
from nmfo.catalogue.rules.words import Basis, Form
from nmfo.enrolment.models import Completion
from nmfo.reference.models import Level
from nmfo.specialists.models import Document

COLUMNS = (
    "Вид документа",
    "Статус документа",
    "Подтверждение утраты",
    "Подтверждение обмена",
    "Подтверждение уничтожения",
    "Серия документа",
    "Номер документа",
    "Дата выдачи документа",
    "Регистрационный номер",
    "Дополнительная профессиональная программа (повышение квалификации/ профессиональная переподготовка)",
    "Наименование дополнительной профессиональной программы",
    "Наименование области профессиональной деятельности",
    "Укрупненные группы специальностей",
    "Наименование квалификации, профессии, специальности",
    "Уровень образования ВО/СПО",
    "Фамилия указанная в дипломе о ВО или СПО",
    "Серия документа о ВО/СПО",
    "Номер документа о ВО/СПО",
    "Год начала обучения (для документа о квалификации)",
    "Год окончания обучения (для документа о квалификации)",
    "Срок обучения, часов (для документа о квалификации)",
    "Фамилия получателя",
    "Имя получателя",
    "Отчество получателя",
    "Дата рождения получателя",
    "Пол получателя",
    "СНИЛС",
    "Форма обучения",
    "Источник финансирования обучения",
    "Форма получения образования на момент прекращения образовательных отношений",
    "Гражданство получателя (код страны по ОКСМ)",
    "Наименование документа об образовании (оригинала)",
    "Серия (оригинала)",
    "Номер (оригинала)",
    "Регистрационный N (оригинала)",
    "Дата выдачи (оригинала)",
    "Фамилия получателя (оригинала)",
    "Имя получателя (оригинала)",
    "Отчество получателя (оригинала)",
    "Номер документа для изменения",
)
_FORMS = {Form.FULL_TIME: "Очная", Form.PART_TIME: "Очно-заочная", Form.CORRESPONDENCE: "Заочная"}
# The insurance reserve (НСЗ) pays by a contract: to the organisation it is paid learning.
_MONEY = {
    Basis.BUDGET: "Бюджетное обучение",
    Basis.CONTRACT: "Платное обучение",
    Basis.CERTIFICATE: "Платное обучение",
}
_LEVELS = {Level.HIGHER: "Высшее образование", Level.SECONDARY: "Среднее профессиональное образование"}
_SEX = {"F": "Жен", "M": "Муж"}
_LATIN, _CYRILLIC = re.compile(r"[A-Za-z]"), re.compile(r"[А-Яа-яЁё]")
_YOUNGEST_YEARS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class FrdoRow:
    """A row of the file and what would be refused in it, each with what to do."""

    completion: Completion
    cells: tuple[str, ...]
    problems: tuple[str, ...]


def row_of(completion: Completion, diploma: Document | None) -> FrdoRow:
    """A row of one document. `diploma`: the listener's document of education, if they have entered one."""
    application = completion.application
    person, version, run = application.specialist.account, application.version, application.run
    cells = (
        "Удостоверение о повышении квалификации",
        "Оригинал",
        "Нет",
        "Нет",
        "Нет",
        completion.series or "нет",
        completion.number,
        f"{completion.issued_on:%d.%m.%Y}",
        completion.registration_number,
        "Повышение квалификации",
        _clean(version.title),
        "Здравоохранение",
        "",
        _clean(application.specialty.name),
        _LEVELS.get(_level(completion, diploma), ""),
        _clean(person.surname),
        _clean(diploma.series) or "нет" if diploma else "",
        _clean(diploma.number) if diploma else "",
        str(run.begins_on.year),
        str(run.ends_on.year),
        str(version.hours or ""),
        _clean(person.surname),
        _clean(person.first_name),
        _clean(person.patronymic) or "нет",
        f"{person.birth_date:%d.%m.%Y}",
        _SEX.get(person.sex, ""),
        snils.show(person.snils),
        _FORMS.get(Form(version.form), "") if version.form else "",
        _MONEY[Basis(application.basis)],
        "в образовательной организации",
        person.citizenship.numeric,
        *[""] * 9,
    )
    return FrdoRow(completion=completion, cells=cells, problems=tuple(_problems(completion, diploma)))


def as_workbook(rows: Iterable[FrdoRow]) -> bytes:
    """The file: one sheet, every cell text, so that a СНИЛС or a number with zeros stays as it is."""
    return as_xlsx([Sheet(name="Шаблон", header=COLUMNS, rows=(row.cells for row in rows))])


def _level(completion: Completion, diploma: Document | None) -> Level:
    """Of the document of education; where it does not say, that of the specialty."""
    if diploma is not None and diploma.education_level is not None:
        return Level(diploma.education_level.level)
    return Level(completion.application.specialty.level)


def _problems(completion: Completion, diploma: Document | None) -> list[str]:
    application = completion.application
    person, version = application.specialist.account, application.version
    found = []
    if diploma is None:
        found.append(_("There is no document of education in the listener's account. Ask for its series and number."))
    elif not diploma.number:
        found.append(_("The listener's document of education has no number. Ask for it."))
    for name in (person.surname, person.first_name, person.patronymic):
        if _LATIN.search(name) and _CYRILLIC.search(name):
            found.append(
                _("«%(name)s» mixes Russian and Latin letters. Ask the listener to have it corrected.") % {"name": name}
            )
        elif name and not _CYRILLIC.search(name):
            found.append(_("«%(name)s» is not in Russian letters, as the register wants it.") % {"name": name})
    if _hidden(version.title):
        found.append(_("The title of the programme has invisible signs; they are left out of the file."))
    try:
        snils.parse(person.snils)
    except Refused:
        found.append(_("The control number of the SNILS does not match."))
    if _years(person.birth_date, completion.issued_on) < _YOUNGEST_YEARS:
        found.append(_("The listener would be under fourteen on the day of issue. Check the date of birth."))
    if not version.form:
        found.append(_("The programme does not say its form of study."))
    return found


def _clean(text: str) -> str:
    """Without invisible signs, which the register refuses and nobody sees."""
    kept = "".join(" " if unicodedata.category(sign)[0] == "Z" else sign for sign in text if not _is_hidden(sign))
    return " ".join(kept.split())


def _hidden(text: str) -> bool:
    return any(_is_hidden(sign) for sign in text)


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cf", "Cc", "Co", "Cn"}


def _years(born_on: dt.date, on: dt.date) -> int:
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
