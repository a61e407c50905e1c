"""What the human check asks for while it works."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from foundation.signin.human import digits_of, new_challenge, picture, sound


@login_not_required
@require_GET
def challenge(request: HttpRequest) -> JsonResponse:
    """A task for the browser."""
    return JsonResponse(new_challenge(timezone.now()))


@login_not_required
@require_GET
def digits_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The digits to read."""
    return HttpResponse(picture(_digits(token)), content_type="image/png")


@login_not_required
@require_GET
def digits_sound(request: HttpRequest, token: str) -> HttpResponse:
    """The digits to hear."""
    return HttpResponse(sound(_digits(token), get_language() or "ru"), content_type="audio/wav")


def _digits(token: str) -> str:
    digits = digits_of(token)
    if digits is None:
        raise Http404
    return digits
