"""Import of the federal register: CSV or JSON lines, streamed, reported row by row, the same again = no change.

Formats: docs/operate/register-import.md. A line describes one person with all that is known of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.identifiers import snils
from foundation.runtime.facts import RequestFacts
from foundation.runtime.keys import keys
from foundation.vault.cipher import blind
from nmfo.accounts.models import Account
from nmfo.specialists.models import ImportReport, RegisterPerson, RegisterRow

CHUNK = 200
REFUSALS_KEPT = 1000
LONGEST_LINE = 262_144
GROUPS = {str(group): group for group in RegisterRow.Group}
_PERSON_FIELDS = ("oid", "snils", "surname", "first_name", "birth_date")
_MORE_PERSON_FIELDS = ("patronymic", "sex", "citizenship")
_ROW_FIELDS = (
    "id",
    "title",
    "specialty",
    "organisation",
    "series",
    "number",
    "begins_on",
    "ends_on",
    "extended_until_on",
    "hours",
)
_LONGEST = {
    "oid": 40,
    "surname": 100,
    "first_name": 100,
    "patronymic": 100,
    "id": 80,
    "specialty": 200,
    "organisation": 300,
    "title": 300,
    "series": 40,
    "number": 60,
}
_LONGEST_ELSE = 60
_KNOWN = {*_PERSON_FIELDS, *_MORE_PERSON_FIELDS, *GROUPS}
_MOST_HOURS = 32_000
_NOT_UTF8 = "\ufffd"  # what a wrong byte becomes
_FIRST_YEAR = 1900  # nobody of the register was born before
_LAST_YEAR = 2099  # a document may end far ahead, but not this far


class LineRefused(Exception):
    """A line that cannot be taken; the text says what is wrong with it."""


class FileRefused(Refused):
    message = "%(reason)s"


@dataclass(slots=True)
class Tally:
    """What happened to the lines so far."""

    lines: int = 0
    taken: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Count a refused line, and name it while there is room."""
        self.refused += 1
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append({"line": line, "reason": reason})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A person of the register as a line gives them, checked."""

    key: str
    details: dict[str, str]
    rows: tuple[dict[str, Any], ...]


def import_register(
    path: Path,
    *,
    name: str = "",
    dry_run: bool = False,
    by: Account | None = None,
    facts: RequestFacts | None = None,
    now: dt.datetime,
    progress: Callable[[Tally], None] | None = None,
) -> ImportReport:
    """Take a file in. Broken lines are refused one by one; the rest is taken. Raises FileRefused for the whole file.

    `name`: what its giver calls it, when the path does not say. `by` and `facts` are empty when it is done from the
    command line. Who imports is in the trail before the first line.
    """
    tally = Tally()
    report = _begin(path, name=name, dry_run=dry_run, by=by, facts=facts, now=now)
    for chunk in _chunks(_once(_records(path, now.date()))):
        with transaction.atomic():
            for number, found in chunk:
                _take(number, found, tally, dry_run=dry_run, now=now)
        if progress is not None:
            progress(tally)
    report.ended_at = timezone.now()
    report.lines, report.taken, report.changed = tally.lines, tally.taken, tally.changed
    report.unchanged, report.refused, report.refusals = tally.unchanged, tally.refused, tally.refusals
    report.save()
    return report


@transaction.atomic
def _begin(
    path: Path, *, name: str, dry_run: bool, by: Account | None, facts: RequestFacts | None, now: dt.datetime
) -> ImportReport:
    report = ImportReport.objects.create(
        name=(name or path.name)[:200], sha256=_digest(path), dry_run=dry_run, started_at=now
    )
    record(
        actor_id=by.pk if by is not None else None,
        action="register.imported",
        subject="import",
        subject_id=report.pk,
        facts=facts,
        after={"sha256": report.sha256, "dry_run": dry_run},
    )
    return report


def _take(number: int, found: Record | str, tally: Tally, *, dry_run: bool, now: dt.datetime) -> None:
    tally.lines += 1
    if isinstance(found, str):
        tally.refuse(number, found)
        return
    checksum = _checksum(found)
    person = RegisterPerson.objects.select_for_update().filter(source_key=found.key).first()
    if person is not None and person.checksum == checksum:
        tally.unchanged += 1
        return
    if person is None:
        tally.taken += 1
    else:
        tally.changed += 1
    if not dry_run:
        _write(person or RegisterPerson(source_key=found.key), found, checksum, now)


def _write(person: RegisterPerson, found: Record, checksum: str, now: dt.datetime) -> None:
    person.snils_index = blind(found.details["snils"], purpose="snils")
    person.details, person.checksum, person.updated_at = found.details, checksum, now
    person.save()
    person.rows.all().delete()
    RegisterRow.objects.bulk_create([RegisterRow(person=person, **row) for row in found.rows])


def _chunks(records: Iterator[tuple[int, Record | str]]) -> Iterator[list[tuple[int, Record | str]]]:
    chunk: list[tuple[int, Record | str]] = []
    for item in records:
        chunk.append(item)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _once(records: Iterator[tuple[int, Record | str]]) -> Iterator[tuple[int, Record | str]]:
    """Refuse a person that stands in the file a second time: which of the two is meant nobody can know."""
    seen: set[bytes] = set()
    for number, found in records:
        if isinstance(found, str):
            yield number, found
            continue
        key = hashlib.blake2b(found.key.encode(), digest_size=8).digest()  # a register has millions of them
        twice = _("the person %(oid)s stands in the file twice") % {"oid": found.key}
        yield number, twice if key in seen else found
        seen.add(key)


def _records(path: Path, today: dt.date) -> Iterator[tuple[int, Record | str]]:
    with path.open("rb") as file:
        first = file.read(4).lstrip(b"\xef\xbb\xbf")
        file.seek(0)
        source = _json_lines(_text_lines(file)) if first[:1] in {b"{", b"["} else _csv_people(_text_lines(file))
        for number, raw in source:
            if isinstance(raw, str):
                yield number, raw
                continue
            try:
                yield number, _checked(raw, today)
            except LineRefused as refusal:
                yield number, str(refusal)


def _text_lines(file: BinaryIO) -> Iterator[tuple[int, str]]:
    """Lines as text; bytes that are not UTF-8 become the replacement sign, by which the line is known."""
    for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        yield number, line.decode("utf-8", errors="replace")


def _json_lines(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in lines:
        if _NOT_UTF8 in line:
            yield number, _("the line is not in UTF-8")
        elif line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield number, _("the line is not whole JSON")
            else:
                yield number, value if isinstance(value, dict) else _("the line is not a JSON object")


def _csv_people(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """People of a CSV file: lines with one oid that stand together are one person with several rows of a group."""
    gathered: dict[str, Any] | None = None
    begins = 0
    for number, flat in _csv_rows(lines):
        if isinstance(flat, str):
            yield number, flat
            continue
        person = _unfold(flat)
        if gathered is not None and person.get("oid") == gathered.get("oid"):
            for group in GROUPS:
                gathered.setdefault(group, []).extend(person.get(group, []))
            continue
        if gathered is not None:
            yield begins, gathered
        gathered, begins = person, number
    if gathered is not None:
        yield begins, gathered


def _csv_rows(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict[str, str] | str]]:
    _number, header = next(lines, (0, ""))
    if _NOT_UTF8 in header:
        raise FileRefused(reason=_("The file is not in UTF-8. Save it as «CSV UTF-8»."))
    mark = ";" if header.count(";") >= header.count(",") else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=mark), [])]
    missing = [name for name in _PERSON_FIELDS if name not in names]
    if missing:
        raise FileRefused(reason=_("The first line lacks the columns: %(names)s.") % {"names": ", ".join(missing)})
    strange = [name for name in names if not _is_column(name)]
    if strange:
        raise FileRefused(reason=_("The first line has unknown columns: %(names)s.") % {"names": ", ".join(strange)})
    reader = csv.reader((line for _number, line in lines), delimiter=mark)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num + 1, _("the line is not CSV: check the quotation marks")
            continue
        if any(_NOT_UTF8 in cell for cell in cells):
            yield reader.line_num + 1, _("the line is not in UTF-8")
        elif any(cell.strip() for cell in cells):
            if len(cells) == len(names):
                yield reader.line_num + 1, dict(zip(names, cells, strict=True))
            else:
                counts = {"n": len(cells), "wanted": len(names)}
                yield reader.line_num + 1, _("%(n)d columns in place of %(wanted)d") % counts


def _is_column(name: str) -> bool:
    group, dot, field_name = name.partition(".")
    return (group in GROUPS and field_name in _ROW_FIELDS) if dot else name in _KNOWN - GROUPS.keys()


def _unfold(flat: dict[str, str]) -> dict[str, Any]:
    """Columns like `certificate.number` are a row of that group."""
    record: dict[str, Any] = {name: value for name, value in flat.items() if "." not in name}
    for group in GROUPS:
        row = {name.partition(".")[2]: value for name, value in flat.items() if name.startswith(f"{group}.")}
        if any(value.strip() for value in row.values()):
            record[group] = [row]
    return record


def _checked(raw: dict[str, Any], today: dt.date) -> Record:
    strange = [str(name) for name in raw if name not in _KNOWN]
    if strange:
        raise LineRefused(_("unknown fields: %(names)s") % {"names": ", ".join(strange)[:200]})
    names = (*_PERSON_FIELDS, *_MORE_PERSON_FIELDS)
    person = {name: _text(raw, name, required=name in _PERSON_FIELDS) for name in names}
    try:
        digits = snils.parse(person["snils"])
    except Refused as refusal:
        raise LineRefused(f"snils: {refusal}") from None
    born = _day(person["birth_date"], "birth_date")
    if born is not None and born > today:
        raise LineRefused(_("%(name)s: the day has not come yet") % {"name": "birth_date"})
    rows = tuple(row for group in GROUPS for row in _rows(raw, group))
    details = {**person, "snils": digits, "birth_date": born.isoformat() if born else ""}
    return Record(key=details.pop("oid"), details=details, rows=rows)


def _rows(raw: dict[str, Any], group: str) -> Iterator[dict[str, Any]]:
    items = raw.get(group) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise LineRefused(_("%(name)s: a list of objects is needed") % {"name": group})
    seen: set[str] = set()
    for item in items:
        strange = [str(name) for name in item if name not in _ROW_FIELDS]
        if strange:
            raise LineRefused(_("unknown fields: %(names)s") % {"names": f"{group}.{', '.join(strange)[:200]}"})
        key = _text(item, "id", required=True)
        if key in seen:
            raise LineRefused(_("%(name)s: the row %(key)s stands twice") % {"name": group, "key": key})
        seen.add(key)
        begins, ends = (_day(_text(item, name), f"{group}.{name}") for name in ("begins_on", "ends_on"))
        if begins and ends and ends < begins:
            raise LineRefused(_("%(name)s: the row %(key)s ends before it begins") % {"name": group, "key": key})
        hours = _text(item, "hours")
        if hours and not (hours.isascii() and hours.isdigit() and int(hours) <= _MOST_HOURS):
            raise LineRefused(_("%(name)s: a whole number is needed") % {"name": f"{group}.hours"})
        yield {
            "group": group,
            "source_key": key,
            "specialty_name": _text(item, "specialty"),
            "organisation": _text(item, "organisation"),
            "title": _text(item, "title"),
            "series": _text(item, "series"),
            "number": _text(item, "number"),
            "begins_on": begins,
            "ends_on": ends,
            "extended_until_on": _day(_text(item, "extended_until_on"), f"{group}.extended_until_on"),
            "hours": int(hours) if hours else None,
        }


def _text(raw: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = raw.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str | int):
        raise LineRefused(_("%(name)s: text is needed") % {"name": name})
    text = " ".join(str(value).split())
    longest = _LONGEST.get(name, _LONGEST_ELSE)
    if "\0" in str(value):
        raise LineRefused(_("%(name)s: has a NUL character") % {"name": name})
    if len(text) > longest:
        raise LineRefused(_("%(name)s: has more than %(n)d characters") % {"name": name, "n": longest})
    if required and not text:
        raise LineRefused(_("%(name)s: is missing") % {"name": name})
    return text


def _day(text: str, name: str) -> dt.date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            break
        return found
    said = {"name": name, "text": text}
    raise LineRefused(_("%(name)s: %(text)s is not a day; write 2024-12-31 or 31.12.2024") % said)


def _checksum(found: Record) -> str:
    """Keyed, so that the hash of somebody's data cannot be searched for."""
    text = json.dumps([found.details, found.rows], sort_keys=True, default=str, ensure_ascii=False)
    return hmac.new(keys().derive, b"register:" + text.encode(), hashlib.sha256).hexdigest()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
