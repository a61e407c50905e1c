from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.applicants import PDF, a_draft, a_picture, a_submitted, resubmit
from tests.builders import a_member, a_specialist, an_operator, an_organisation, signed_in

from foundation.audit.models import Entry
from foundation.files.models import StoredFile
from foundation.files.operations import read_file
from nmfo.organisations.models import ApplicationDocument

HARMLESS = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
}


@pytest.mark.django_db
def test_u5_a_scan_lies_encrypted_under_a_random_name() -> None:
    row, token = a_draft()
    Client().post(
        f"/for-organisations/apply/{token}/documents/", {"tax": SimpleUploadedFile("../../КАНАРЕЙКА.pdf", PDF)}
    )

    stored = ApplicationDocument.objects.get(application=row, kind="tax", replaced_at=None).file
    path = Path(settings.FILES_ROOT) / stored.place[:2] / stored.place
    assert (len(stored.place), stored.name) == (64, "КАНАРЕЙКА.pdf")
    assert "КАНАРЕЙКА" not in str(path)
    assert b"%PDF" not in path.read_bytes()
    assert read_file(stored) == PDF


@pytest.mark.django_db
def test_u5_a_scan_is_given_as_a_download_that_can_do_nothing() -> None:
    row, token = a_submitted()
    document = row.documents.get(kind="licence")
    operator = signed_in(an_operator())

    answers = [
        Client().get(f"/for-organisations/apply/{token}/documents/licence/"),
        operator.get(f"/operator/organisations/{row.pk}/scan/{document.pk}/"),
        operator.get(f"/operator/organisations/{row.pk}/scan/{document.pk}/?show"),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.content == PDF
        assert [name for name, sign in HARMLESS.items() if sign not in answer[name]] == []


@pytest.mark.django_db
def test_u5_only_pictures_that_we_encoded_are_shown() -> None:
    row, token = a_draft()
    Client().post(f"/for-organisations/apply/{token}/documents/", {"licence": a_picture()})
    row.refresh_from_db()
    resubmit(row)
    document = row.documents.get(kind="licence", replaced_at=None)

    answer = signed_in(an_operator()).get(f"/operator/organisations/{row.pk}/scan/{document.pk}/?show")

    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_u5_a_scan_is_nobody_elses() -> None:
    row, _token = a_submitted()
    other, token = a_draft()
    other.documents.filter(kind="licence").delete()
    document = row.documents.get(kind="licence")
    path = f"/operator/organisations/{row.pk}/scan/{document.pk}/"

    assert Client().get(f"/for-organisations/apply/{token}/documents/licence/").status_code == 404
    assert Client().get(f"/for-organisations/apply/{'x' * 43}/documents/licence/").status_code == 404
    assert Client().get(path).status_code == 302
    assert signed_in(a_specialist().account).get(path).status_code == 403
    assert signed_in(a_member(an_organisation())).get(path).status_code == 403
    operator = signed_in(an_operator())
    draft_scan = other.documents.get(kind="tax")
    assert operator.get(f"/operator/organisations/{other.pk}/scan/{draft_scan.pk}/").status_code == 404
    assert operator.get(f"/operator/organisations/{other.pk}/scan/{document.pk}/").status_code == 404
    assert operator.get(path).status_code == 200
    assert Entry.objects.filter(action="application.looked_at", after__what="scan licence").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "лицензия.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
            "«лицензия.svg» не подходит",
        ),
        ("лицензия.html", b"<html><script>1</script></html>", "«лицензия.html» не подходит"),
        ("лицензия.pdf", b"PK\x03\x04 not a pdf", "«лицензия.pdf» не подходит"),
        ("лицензия.pdf", b"", "Файл «лицензия.pdf» пуст"),
        ("лицензия.pdf", b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\n%%EOF\n", "защищён паролем"),
        (
            "лицензия.pdf",
            b"%PDF-1.7\n<< /OpenAction << /S /JavaScript /JS (1) >> >>\n%%EOF\n",
            "программы или вложения",
        ),
        ("лицензия.pdf", b"%PDF-1.7\n" + b"<html><script>1</script>" + b"\n%%EOF\n", "программы или вложения"),
        ("лицензия.jpg", b"GIF89a/*\xff\xd8\xff*/=1;", "«лицензия.jpg» не подходит"),
        ("лицензия.jpg", b"\xff\xd8\xff\xe0<?php system($_GET[0]); ?>", "повреждён"),
        ("лицензия.pdf", b"%PDF-1.7\n" + b"0" * (10 * 1024 * 1024 + 1), "больше 10 МБ"),
    ],
)
def test_u5_a_file_that_is_not_what_it_says_is_named_and_not_kept(name: str, content: bytes, sentence: str) -> None:
    row, token = a_draft()
    before = set(StoredFile.objects.values_list("place", flat=True))

    answer = Client().post(
        f"/for-organisations/apply/{token}/documents/", {"licence": SimpleUploadedFile(name, content)}
    )

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert set(StoredFile.objects.values_list("place", flat=True)) == before
    assert row.documents.filter(replaced_at=None).count() == 5
