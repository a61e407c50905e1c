"""Health pages: does the process answer, and can it serve (promise D6)."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from foundation.runtime.keys import keys_file

DRAINING = "draining"


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether pages can be served; 503 with the reasons otherwise."""
    reasons = unready_reasons()
    return JsonResponse({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)


def unready_reasons() -> list[str]:
    """Why this process should get no requests."""
    if (Path(settings.DATA) / DRAINING).exists():
        return ["stopping"]
    if not keys_file().exists():
        return ["the key file is missing"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
    except DatabaseError:
        connection.close()
        return ["the database does not answer, or has no tables yet"]
    return []
