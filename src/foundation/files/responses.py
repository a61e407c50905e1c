"""Giving a kept file to its owner: never as a page of ours (promise U5)."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

from foundation.files.models import StoredFile
from foundation.files.operations import read_file


def file_response(stored: StoredFile, *, inline: bool = False) -> HttpResponse:
    """The file as a download; `inline` is for photographs that we encoded ourselves."""
    response = HttpResponse(read_file(stored), content_type=stored.content_type)
    place = "inline" if inline and stored.content_type.startswith("image/") else "attachment"
    response["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(stored.name)}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
