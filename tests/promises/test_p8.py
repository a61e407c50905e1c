from __future__ import annotations

import io
import re
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from tests.builders import an_account

from foundation.errors import Refused
from foundation.files import operations as files
from foundation.files.models import StoredFile


def jpeg(width: int = 40, height: int = 20, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "JPEG", **options)
    return out.getvalue()


def objects(content: bytes) -> bytes:
    """A PDF whose objects lie packed in a stream, as in most that are written today."""
    return (
        b"%PDF-1.5\n1 0 obj << /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >> stream\n"
        + zlib.compress(content)
        + b"\nendstream endobj\n%%EOF"
    )


def keep(name: str, content: bytes) -> StoredFile:
    return files.keep_file(
        holder="test:1",
        owner_id=an_account().pk,
        purpose="scan",
        upload=SimpleUploadedFile(name, content),
        kinds=files.SCANS,
        now=timezone.now(),
    )


@pytest.mark.django_db
def test_p8_photographs_lose_their_exif_and_what_hides_behind_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "KANAREIKA, Воронеж"
    exif[0x0112] = 6
    content = jpeg(exif=exif) + b"<script>KANAREIKA</script>"
    assert b"KANAREIKA" in content

    stored = keep("x.jpg", content)

    kept = files.read_file(stored)
    assert b"KANAREIKA" not in kept
    assert Image.open(io.BytesIO(kept)).size == (20, 40)
    assert len(Image.open(io.BytesIO(kept)).getexif()) == 0


@pytest.mark.django_db
def test_p8_nor_does_the_portrait_keep_any() -> None:
    exif = Image.Exif()
    exif[0x010E] = "KANAREIKA, Воронеж"
    upload = SimpleUploadedFile("me.jpg", jpeg(600, 900, exif=exif))

    stored = files.keep_photo(owner_id=an_account().pk, purpose="photo", upload=upload, now=timezone.now())

    kept = files.read_file(stored)
    assert b"KANAREIKA" not in kept
    assert Image.open(io.BytesIO(kept)).size == (512, 512)


@pytest.mark.django_db
def test_p8_where_a_file_lies_has_nothing_to_do_with_its_name() -> None:
    stored = keep("../../passwd.jpg", jpeg())

    assert re.fullmatch(r"[0-9a-f]{64}", stored.place)
    assert [path.name for path in Path(settings.FILES_ROOT).rglob("*passwd*")] == []
    assert (Path(settings.FILES_ROOT) / stored.place[:2] / stored.place).stat().st_mode & 0o077 == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Temp\\скан.jpg", "скан.jpg"),
        ("a\x00b\u202e.jpg", "ab.jpg"),
        ("", "file"),
    ],
)
def test_p8_names_are_never_paths(name: str, shown: str) -> None:
    assert files.clean_name(name) == shown


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "refusal"), [
    (b"", files.FileEmpty),
    (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", files.FileTypeUnfit),
    (b"<html><script>1</script></html>", files.FileTypeUnfit),
    (b"PK\x03\x04", files.FileTypeUnfit),
    (b"%PDF-1.4\n/Encrypt 1 0 R\n%%EOF", files.FileUnreadable),
    (b"%PDF-1.4\n/JavaScript (app.alert(1))\n%%EOF", files.FileActive),
    (b"%PDF-1.4\n<< /S /J#61vaScript /J#53 (app.alert(1)) >>\n%%EOF", files.FileActive),
    (b"%PDF-1.4\n<< /S /L#61unch /F (cmd.exe) >>\n%%EOF", files.FileActive),
    (b"%PDF-1.4\n<< /Names << /EmbeddedFiles 5 0 R >> >>\n%%EOF", files.FileActive),
    (b"%PDF-1.4\n/Encr#79pt 1 0 R\n%%EOF", files.FileUnreadable),
    (objects(b"1 0 << /S /JavaScript /JS (app.alert(1)) >>"), files.FileActive),
    (objects(b"1 0 << /S /J#61vaScript >>"), files.FileActive),
    (objects(bytes(33 * 1024 * 1024)), files.FileUnreadable),
    (b"%PDF-1.4\nno end", files.FileUnreadable),
    (b"\xff\xd8\xff\xe0 not a picture", files.FileUnreadable),
    (jpeg()[:200], files.FileUnreadable),
    (b"%PDF-" + b"0" * (10 * 1024 * 1024), files.FileTooLarge),
])  # fmt: skip
def test_p8_unfit_files_are_refused_and_nothing_is_kept(content: bytes, refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        keep("скан.pdf", content)

    assert StoredFile.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("content", [
    objects(b"1 0 << /Type /Catalog /Pages 2 0 R >>"),
    b"%PDF-1.5\n<< /Name#20with#20spaces /JSON >>\n%%EOF",
    b"%PDF-1.5\n1 0 obj << /Type /ObjStm /Filter /LZWDecode >> stream\nxyz\nendstream\n%%EOF",
])  # fmt: skip
def test_p8_an_ordinary_pdf_is_kept_as_it_is(content: bytes) -> None:
    assert files.read_file(keep("скан.pdf", content)) == content


@pytest.mark.django_db
def test_p8_a_picture_of_forty_megapixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(files.PictureTooLarge):
        keep("big.jpg", jpeg(8000, 5000))
