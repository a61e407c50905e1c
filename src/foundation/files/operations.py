"""Keeping files: recognised by content, pictures re-encoded, everything encrypted under random names (P1, P8, U5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import secrets
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from foundation.errors import Refused
from foundation.files.models import StoredFile
from foundation.files.spreadsheets import LARGEST_TABLE_BYTES, TableEmpty, TableTooLarge, kind_of_table
from foundation.vault.cipher import open_sealed, seal

if TYPE_CHECKING:
    Upload = UploadedFile[Any]
else:
    Upload = UploadedFile
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SCANS = frozenset({PDF, JPEG, PNG})
LARGEST_BYTES = 10 * 1024 * 1024
LARGEST_PIXELS = 30_000_000
PHOTO_SIDE = 512
_SCAN_SIDE = 4000
_NAME_LENGTH = 120
_MOST_OBJECTS_BYTES = 32 * 1024 * 1024  # unpacked, of all object streams of a PDF
_PDF_NAME = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"  # what may stand in a name of a PDF
_ACTIVE_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)(?!%b)" % _PDF_NAME)
_WRITTEN_IN_HEX = re.compile(rb"/%b*#%b*" % (_PDF_NAME, _PDF_NAME))
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much a holder may keep."""

    files: int
    size_bytes: int


PERSON_ROOM = Room(files=200, size_bytes=500 * 1024 * 1024)
ORGANISATION_ROOM = Room(files=50_000, size_bytes=20 * 1024 * 1024 * 1024)


class FileRefused(Refused):
    """A file cannot be kept; each reason has its own class."""

    message = _("The file «%(name)s» cannot be kept.")


class FileEmpty(FileRefused):
    message = _("The file «%(name)s» is empty.")


class FileTooLarge(FileRefused):
    message = _("The file «%(name)s» is larger than 10 MB. Compress it or photograph it anew.")


class FileTypeUnfit(FileRefused):
    message = _("«%(name)s» does not fit: a PDF, JPEG or PNG is needed.")


class PictureTooLarge(FileRefused):
    message = _("The picture «%(name)s» has more than 30 megapixels. Make it smaller.")


class FileUnreadable(FileRefused):
    message = _("The file «%(name)s» cannot be read: it is damaged or protected by a password.")


class FileActive(FileRefused):
    message = _("The PDF «%(name)s» contains programs or attachments. Print it to a PDF anew and send that.")


class QuotaSpent(FileRefused):
    message = _("There is no more room for your files. Remove some that are not needed.")


def keep_file(
    *,
    holder: str,
    owner_id: int | None,
    purpose: str,
    upload: Upload,
    kinds: frozenset[str],
    now: dt.datetime,
    room: Room = PERSON_ROOM,
) -> StoredFile:
    """Keep a file, in the caller's transaction. Raises the refusals above; then nothing is kept.

    `holder` says whose room it takes (`account_holder` for people); `owner_id` who gave it, if they have an account.
    """
    name, content = clean_name(upload.name or ""), _read(upload)
    kind, content = _sound(name, content, kinds)
    return _store(holder, owner_id, purpose, name, kind, content, now, room)


def organisation_holder(organisation_id: int) -> str:
    """The holder of an organisation's files."""
    return f"organisation:{organisation_id}"


def account_holder(account_id: int) -> str:
    """The holder of a person's own files."""
    return f"account:{account_id}"


def keep_photo(*, owner_id: int, purpose: str, upload: Upload, now: dt.datetime) -> StoredFile:
    """Keep a photograph of a person: at most 512 px a side, JPEG, without Exif."""
    name, content = clean_name(upload.name or ""), _read(upload)
    if _kind_of(content) not in {JPEG, PNG}:
        raise FileTypeUnfit(name=name)
    picture = ImageOps.fit(_open(name, content), (PHOTO_SIDE, PHOTO_SIDE))
    content = _as_bytes(picture.convert("RGB"), "JPEG")
    return _store(account_holder(owner_id), owner_id, purpose, name, JPEG, content, now, PERSON_ROOM)


def keep_spreadsheet(
    *, holder: str, owner_id: int | None, purpose: str, upload: Upload, now: dt.datetime, room: Room
) -> StoredFile:
    """Keep a table, CSV or XLSX, as it is: only its kind is made sure of, rows are read later.

    Raises TableUnfit and its kin, refusals of archives, QuotaSpent; then nothing is kept.
    """
    if (upload.size or 0) > LARGEST_TABLE_BYTES:
        raise TableTooLarge
    content = bytes(upload.read(LARGEST_TABLE_BYTES + 1))
    if not content:
        raise TableEmpty
    if len(content) > LARGEST_TABLE_BYTES:
        raise TableTooLarge
    kind, name = kind_of_table(content), clean_name(upload.name or "")
    return _store(holder, owner_id, purpose, name, kind, content, now, room)


def read_file(stored: StoredFile) -> bytes:
    """The bytes of a kept file."""
    return open_sealed(_path(stored.place).read_bytes(), aad=f"file:{stored.place}")


def drop_file(stored: StoredFile) -> None:
    """Forget a file: the row with the transaction, the bytes after it."""
    place = stored.place
    stored.delete()
    transaction.on_commit(lambda: _path(place).unlink(missing_ok=True))


def sweep_orphans(now: dt.datetime) -> int:
    """Remove bytes that no row knows, a day after they were written. Returns how many."""
    known = set(StoredFile.objects.values_list("place", flat=True))
    removed = 0
    for path in Path(settings.FILES_ROOT).glob("*/*"):
        old = now.timestamp() - path.stat().st_mtime > dt.timedelta(days=1).total_seconds()
        if path.is_file() and path.name not in known and old:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def clean_name(name: str) -> str:
    """What a file may be called when shown: never a path, no control characters, not too long."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return (f"{stem[: _NAME_LENGTH - 10]}{dot}{ending[:8]}" if dot else kept[:_NAME_LENGTH]) or "file"


def _read(upload: Upload) -> bytes:
    name = clean_name(upload.name or "")
    if (upload.size or 0) > LARGEST_BYTES:
        raise FileTooLarge(name=name)
    content = bytes(upload.read(LARGEST_BYTES + 1))
    if not content:
        raise FileEmpty(name=name)
    if len(content) > LARGEST_BYTES:
        raise FileTooLarge(name=name)
    return content


def _kind_of(content: bytes) -> str:
    for beginning, kind in ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG)):
        if content.startswith(beginning):
            return kind
    return ""


def _sound(name: str, content: bytes, kinds: frozenset[str]) -> tuple[str, bytes]:
    kind = _kind_of(content)
    if kind not in kinds:
        raise FileTypeUnfit(name=name)
    if kind == PDF:
        _check_pdf(name, content)
        return kind, content
    picture = _open(name, content)
    picture.thumbnail((_SCAN_SIDE, _SCAN_SIDE))
    return kind, _as_bytes(picture.convert("RGB"), "JPEG" if kind == JPEG else "PNG")


def _check_pdf(name: str, content: bytes) -> None:
    plain = _with_plain_names(content)
    if b"%%EOF" not in content[-2048:] or b"/Encrypt" in plain:
        raise FileUnreadable(name=name)
    packed = _objects_of(name, plain, content) if b"/ObjStm" in plain else b""
    if (
        _ACTIVE_PDF.search(plain)
        or _ACTIVE_PDF.search(packed)
        or b"<script" in content[:1024].lower()
        or b"<html" in content[:1024].lower()
    ):
        raise FileActive(name=name)


def _with_plain_names(content: bytes) -> bytes:
    """The PDF with its names as readers take them: /J#53 is /JS. Places stay: what is freed is filled with spaces."""

    def plain(found: re.Match[bytes]) -> bytes:
        return _HEX.sub(lambda sign: bytes([int(sign[1], 16)]), found[0]).ljust(len(found[0]))

    return _WRITTEN_IN_HEX.sub(plain, content)


def _objects_of(name: str, plain: bytes, content: bytes) -> bytes:
    """What lies packed in the object streams of a PDF: a program may hide there. Raises FileUnreadable for a bomb."""
    found: list[bytes] = []
    room = _MOST_OBJECTS_BYTES
    for begins in _STREAM.finditer(plain):
        about = plain[plain.rfind(b"obj", 0, begins.start()) + 1 : begins.start()]
        if b"/ObjStm" not in about:
            continue
        try:
            objects = zlib.decompressobj().decompress(memoryview(content)[begins.end() :], room)
        except zlib.error:  # packed in another way than programs do that write PDF
            continue
        room -= len(objects)
        if room <= 0:
            raise FileUnreadable(name=name)
        found.append(_with_plain_names(objects))
    return b"\n".join(found)


def _open(name: str, content: bytes) -> Image.Image:
    """The picture, turned as the camera meant. Its size is checked before anything is decoded."""
    try:
        picture = Image.open(io.BytesIO(content), formats=["JPEG", "PNG"])
        if picture.width * picture.height > LARGEST_PIXELS:
            raise PictureTooLarge(name=name)
        picture.load()
        turned = ImageOps.exif_transpose(picture)
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(name=name) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise FileUnreadable(name=name) from error
    if turned.mode in {"RGBA", "LA", "P"}:
        backed = Image.new("RGBA", turned.size, "white")
        backed.alpha_composite(turned.convert("RGBA"))
        return backed.convert("RGB")
    return turned


def _as_bytes(picture: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)  # pixels only: no Exif, no comments, nothing behind the picture
    clean.save(out, form, quality=88, optimize=True)
    return out.getvalue()


def _store(
    holder: str,
    owner_id: int | None,
    purpose: str,
    name: str,
    kind: str,
    content: bytes,
    now: dt.datetime,
    room: Room,
) -> StoredFile:
    mine = StoredFile.objects.filter(holder=holder)
    kept_bytes = mine.aggregate(n=Sum("size_bytes"))["n"] or 0
    if mine.count() >= room.files or kept_bytes + len(content) > room.size_bytes:
        raise QuotaSpent
    place = secrets.token_hex(32)
    _write(_path(place), seal(content, aad=f"file:{place}"))  # first the bytes: a row never points at nothing
    stored = StoredFile(
        owner_id=owner_id,
        holder=holder,
        purpose=purpose,
        place=place,
        name=name,
        content_type=kind,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_at=now,
    )
    stored.save(force_insert=True)
    return stored


def _path(place: str) -> Path:
    return Path(settings.FILES_ROOT) / place[:2] / place


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
