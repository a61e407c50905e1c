"""What the editor of an item shows: its form by sections, with remarks, hints and what was saved meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.errors import Refused
from foundation.files.operations import FileRefused
from nmfo.catalogue.fields import SECTIONS, Difference, credits_text, dense_text, differences, label_of, rows_of
from nmfo.catalogue.models import Remark, Version, VersionFile
from nmfo.catalogue.queries import facts_of
from nmfo.catalogue.rules.refusals import Missing, Problems
from nmfo.catalogue.rules.versions import FIELDS_OF, VersionFacts, problems_of
from nmfo.catalogue.rules.words import Kind
from nmfo.reference.naming import specialties_in_a_line
from nmfo.reference.queries import regions
from nmfo.web.organisation.items.forms import CONTROLS, ItemForm
from nmfo.web.parts.cards import credits_rule

BLANK_TEACHERS = 2  # empty rows offered after the written ones
MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorField:
    """A field of an item in the editor: its controls, and what the reviewer said of it."""

    key: str
    label: str
    shape: str  # which part of the template draws it
    controls: tuple[forms.BoundField, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorSection:
    """A part of the editor."""

    key: str
    name: str | Promise
    fields: tuple[EditorField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do before the version can be submitted; without a text, the field is to be filled in."""

    field: str
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRemark:
    """A reviewer's remark with the name of its field."""

    field: str
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field that two people have written: what is saved, what was typed, and which of them was chosen so far."""

    difference: Difference
    kept: str


_SHAPES = {
    "begins_at": "moment",
    "ends_at": "moment",
    "main_specialties": "listed",
    "other_specialties": "listed",
    "teachers": "people",
    "files": "files",
    "hours": "usual",
    "annotation": "prose",
    "aims": "prose",
    "new_competence": "prose",
    **dict.fromkeys(("minutes", "sponsor_minutes", "credits", "presence_percent", "seats", "price_rub"), "number"),
}


def sections_of(form: ItemForm, kind: str, remarks: Iterable[Remark]) -> list[EditorSection]:
    """The form by sections. Credits that follow the rule stand where they belong, without a control."""
    said = list(remarks)
    return [
        EditorSection(
            key=section.key,
            name=section.name,
            fields=tuple(
                EditorField(
                    key=name,
                    label=label_of(kind, name),
                    shape="credits" if name == "credits" and kind != Kind.MODULE else _SHAPES.get(name, "plain"),
                    controls=tuple(form[one] for one in CONTROLS.get(name, (name,)) if one in form.fields),
                    remarks=tuple(remark for remark in said if remark.field == name),
                )
                for name in section.fields
            ),
        )
        for section in SECTIONS[kind]
    ]


def credits_line(facts: VersionFacts) -> str:
    """What the saved version is worth, with the rule."""
    worth = credits_text(facts.credits) if facts.credits else _("not known yet")
    return _("%(worth)s. %(rule)s") % {"worth": worth, "rule": credits_rule(facts.kind)}


def tasks_of(facts: VersionFacts, now: dt.datetime) -> list[Task]:
    """What keeps the version from being submitted, each with its field."""
    return [
        Task(
            field=field,
            label=label_of(facts.kind, field),
            text="" if isinstance(problem, Missing) else str(problem),
        )
        for field, problem in problems_of(facts, now=now)
    ]


def doubts_of(facts: VersionFacts) -> list[Task]:
    """What keeps nothing from being submitted and is worth a second look, each with its field."""
    minutes = facts.minutes if facts.kind == Kind.EVENT and facts.begins_at and facts.ends_at else None
    text = dense_text(None if minutes is None else -(-minutes // 60), facts.days)
    return [Task(field="minutes", label=label_of(facts.kind, "minutes"), text=text)] if text else []


def named(remarks: Iterable[Remark], kind: str) -> list[NamedRemark]:
    """The remarks with the names of their fields."""
    return [NamedRemark(field=row.field, label=label_of(kind, row.field), text=row.text) for row in remarks]


def people_rows(form: ItemForm) -> list[tuple[str, str]]:
    """The written teachers, and some empty rows."""
    written = form["teachers"].value() or []
    return [*written, *([("", "")] * BLANK_TEACHERS)]


def chosen_names(form: ItemForm) -> dict[str, str]:
    """The names of the specialties that are ticked, for each of the two lists."""
    return {
        name: specialties_in_a_line(form.listed[pk].name for pk in (form[name].value() or []) if pk in form.listed)
        for name in ("main_specialties", "other_specialties")
    }


def add_problems(form: ItemForm, refusal: Refused) -> None:
    """Show a refusal, or each of several, beside its field."""
    if isinstance(refusal, FileRefused):
        form.add_error("new_files", str(refusal))
        return
    for field, problem in refusal.problems if isinstance(refusal, Problems) else ((refusal.field or "", refusal),):
        form.add_error(form.control_of(field), str(problem))


def file_titles(data: QueryDict, files: Iterable[VersionFile]) -> dict[int, str]:
    """The titles typed beside the documents that are there."""
    return {row.pk: " ".join(data.get(f"file_title_{row.pk}", row.title).split()) or row.title for row in files}


def files_to_drop(data: QueryDict, files: Iterable[VersionFile]) -> frozenset[int]:
    """The documents whose box «remove» is ticked."""
    ticked = set(data.getlist("drop_file"))
    return frozenset(row.pk for row in files if str(row.pk) in ticked)


def differing(mine: VersionFacts, theirs: VersionFacts) -> list[str]:
    """The fields that two writers have left with different values, in the order of the editor."""
    own = [name for section in SECTIONS[mine.kind] for name in section.fields if name in FIELDS_OF[mine.kind]]
    calculated = {"credits"} if mine.kind != Kind.MODULE else set()
    return [name for name in own if name not in calculated and getattr(mine, name) != getattr(theirs, name)]


def merged(mine: VersionFacts, theirs: VersionFacts, choices: dict[str, str]) -> VersionFacts:
    """What was typed, with the saved values of the fields for which they were chosen."""
    taken = {name: getattr(theirs, name) for name, choice in choices.items() if choice == THEIRS}
    return replace(mine, **taken)


def asked(data: QueryDict, kind: str) -> dict[str, str]:
    """The fields the page asked about, each with the choice: mine, theirs, or nothing yet."""
    names = [name for name in data.getlist("conflict") if name in FIELDS_OF[kind]]
    return {name: choice if (choice := data.get(f"keep_{name}", "")) in {MINE, THEIRS} else "" for name in names}


def choices_between(version: Version, mine: VersionFacts, choices: dict[str, str]) -> list[Choice]:
    """What is saved and what was typed, side by side, for the fields of `choices`."""
    theirs = facts_of(version)
    names = {row.code: row.name for row in regions(timezone.localdate())} if "region" in choices else {}
    found = differences(
        rows_of(theirs, region=names.get(theirs.region, "")), rows_of(mine, region=names.get(mine.region, ""))
    )
    return [Choice(difference=one, kept=choices[one.key]) for one in found if one.key in choices]
