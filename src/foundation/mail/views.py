"""What would have left, shown only while no mail server is set."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from foundation.errors import Refused
from foundation.identifiers import email as addresses
from foundation.mail.models import Letter
from foundation.mail.operations import words_of
from foundation.mail.queries import all_letters

_PAGE, _JSON = 30, 200


def _only_without_server() -> None:
    if settings.SMTP["host"]:
        raise Http404


@login_not_required
@require_GET
def shelf(request: HttpRequest) -> HttpResponse:
    """Letters and SMS, newest first."""
    _only_without_server()
    wanted = request.GET.get("to", "").strip()[:254]
    try:
        to = addresses.parse(wanted) if wanted else ""
    except Refused:
        to = wanted
    page = Paginator(all_letters(to), _PAGE).get_page(request.GET.get("page"))
    return render(request, "mail/shelf.html", {"page": page, "to": wanted})


@login_not_required
@require_GET
def shelf_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter, its words filled in."""
    _only_without_server()
    letter = all_letters().filter(pk=pk).first()
    if letter is None:
        raise Http404
    words = words_of(letter)
    lines = [_line(line) for line in words.text.splitlines()]
    return render(request, "mail/shelf_letter.html", {"letter": letter, "words": words, "lines": lines})


def _line(line: str) -> dict[str, str]:
    before, _sign, url = line.rpartition(": ")
    ours = url.startswith((settings.BASE_URL, "http://", "https://")) and " " not in url
    return {"text": before, "url": url} if ours and before else {"text": line, "url": ""}


@login_not_required
@require_GET
def shelf_json(request: HttpRequest) -> JsonResponse:
    """The same for programs: to, subject, text, time."""
    _only_without_server()
    rows = [_as_json(letter) for letter in all_letters(request.GET.get("to", "").strip())[:_JSON]]
    return JsonResponse(rows, safe=False, json_dumps_params={"ensure_ascii": False})


def _as_json(letter: Letter) -> dict[str, str]:
    words = words_of(letter)
    return {
        "to": letter.to,
        "subject": words.subject,
        "text": words.text,
        "time": letter.created_at.isoformat(),
        "kind": letter.kind,
        "channel": letter.channel,
        "delivery": letter.delivery,
    }
