"""Import of the federal register: CSV or JSON lines, streamed, reported row by row, the same again = no change.

Formats: docs/operate/register-import.md. A line describes one person with all that is known of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone

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
    dry_run: bool = False,
    by: Account | None = None,
    facts: RequestFacts | None = None,
    now: dt.datetime,
    progress: Callable[[Tally], None] | None = None,
) -> ImportReport:
    """Take a file in. Broken lines are refused one by one; the rest is taken. Raises FileRefused for the whole file.

    `by` and `facts` are empty when it is done from the command line. Who imports is in the trail before the first line.
    """
    tally = Tally()
    report = _begin(path, dry_run=dry_run, by=by, facts=facts, now=now)
    for chunk in _chunks(_records(path)):
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
    path: Path, *, dry_run: bool, by: Account | None, facts: RequestFacts | None, now: dt.datetime
) -> ImportReport:
    report = ImportReport.objects.create(name=path.name[:200], sha256=_digest(path), dry_run=dry_run, started_at=now)
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


def _records(path: Path) -> Iterator[tuple[int, Record | str]]:
    with path.open("rb") as file:
        first = file.read(4).lstrip(b"\xef\xbb\xbf")
        file.seek(0)
        lines = _text_lines(file)
        source = _json_lines(lines) if first[:1] in {b"{", b"["} else _csv_lines(lines)
        for number, raw in source:
            if isinstance(raw, str):
                yield number, raw
                continue
            try:
                yield number, _checked(raw)
            except LineRefused as refusal:
                yield number, str(refusal)


def _text_lines(file: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """Lines as text; None where the bytes are not UTF-8."""
    for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError:
            yield number, None


def _json_lines(lines: Iterator[tuple[int, str | None]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in lines:
        if line is None:
            yield number, "the line is not in UTF-8"
        elif line.strip():
            try:
                value = json.loads(line)
            except ValueError:
                yield number, "the line is not whole JSON"
            else:
                yield number, value if isinstance(value, dict) else "the line is not a JSON object"


def _csv_lines(lines: Iterator[tuple[int, str | None]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    number, header = next(lines, (0, ""))
    if header is None:
        raise FileRefused(reason="the file is not in UTF-8: save it as CSV UTF-8")
    mark = ";" if header.count(";") >= header.count(",") else ","
    names = next(csv.reader([header], delimiter=mark), [])
    missing = [name for name in _PERSON_FIELDS if name not in names]
    if missing:
        raise FileRefused(reason=f"line 1: columns are missing: {', '.join(missing)}")
    for number, line in lines:
        if line is None:
            yield number, "the line is not in UTF-8"
            continue
        cells = next(csv.reader(io.StringIO(line), delimiter=mark), [])
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            yield number, f"{len(cells)} columns in place of {len(names)}"
            continue
        yield number, _unfold(dict(zip(names, cells, strict=True)))


def _unfold(flat: dict[str, str]) -> dict[str, Any]:
    """Columns like `certificate.number` are rows of that group, one of each group in a CSV line."""
    record: dict[str, Any] = {name: value for name, value in flat.items() if "." not in name}
    for group in GROUPS:
        row = {name.partition(".")[2]: value for name, value in flat.items() if name.startswith(f"{group}.")}
        if any(value.strip() for value in row.values()):
            record[group] = [row]
    return record


def _checked(raw: dict[str, Any]) -> Record:
    person = {
        name: _text(raw, name, required=name in _PERSON_FIELDS)
        for name in (
            *_PERSON_FIELDS,
            "patronymic",
            "sex",
            "citizenship",
        )
    }
    try:
        digits = snils.parse(person["snils"])
    except Refused as refusal:
        raise LineRefused(f"snils: {refusal}") from None
    born = _day(person["birth_date"], "birth_date")
    rows = tuple(row for group in GROUPS for row in _rows(raw, group))
    details = {**person, "snils": digits, "birth_date": born.isoformat() if born else ""}
    return Record(key=details.pop("oid")[:40], details=details, rows=rows)


def _rows(raw: dict[str, Any], group: str) -> Iterator[dict[str, Any]]:
    items = raw.get(group) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise LineRefused(f"{group}: a list of objects is needed")
    seen: set[str] = set()
    for item in items:
        key = _text(item, "id", required=True)[:80]
        if key in seen:
            raise LineRefused(f"{group}: the row {key} stands twice")
        seen.add(key)
        begins, ends = (_day(_text(item, name), f"{group}.{name}") for name in ("begins_on", "ends_on"))
        if begins and ends and ends < begins:
            raise LineRefused(f"{group} {key}: ends before it begins")
        hours = _text(item, "hours")
        if hours and not (hours.isascii() and hours.isdigit()):
            raise LineRefused(f"{group}.hours: a whole number is needed")
        yield {
            "group": group,
            "source_key": key,
            "specialty_name": _text(item, "specialty")[:200],
            "organisation": _text(item, "organisation")[:300],
            "title": _text(item, "title")[:300],
            "series": _text(item, "series")[:40],
            "number": _text(item, "number")[:60],
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
        raise LineRefused(f"{name}: text is needed")
    text = " ".join(str(value).split())
    if "\0" in str(value):
        raise LineRefused(f"{name}: has a NUL character")
    if required and not text:
        raise LineRefused(f"{name}: is missing")
    return text


def _day(text: str, name: str) -> dt.date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        if found.year < 1900:  # noqa: PLR2004 - nobody of the register was born before
            break
        return found
    raise LineRefused(f"{name}: {text!r} is not a day; write 2024-12-31 or 31.12.2024")


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
