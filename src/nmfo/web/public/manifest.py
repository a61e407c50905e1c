"""What a phone needs to put the portal on its home screen."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from foundation.ui.assets import ICON_SIZES

_GREEN = "#083f3f"
_PAGE = "#f4f7f6"


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """The manifest, in the visitor's language."""
    about = {
        "id": "/",
        "name": _("NMFO portal"),
        "short_name": pgettext("under the icon of a phone", "NMFO"),
        "description": _("Continuing medical education"),
        "lang": getattr(request, "LANGUAGE_CODE", "ru"),
        "dir": "ltr",
        "start_url": reverse("public:home"),
        "scope": "/",
        "display": "standalone",
        "theme_color": _GREEN,
        "background_color": _PAGE,
        "icons": [
            {"src": staticfiles_storage.url("ui/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *[
                {
                    "src": staticfiles_storage.url(f"ui/icon-{size}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": "any maskable",
                }
                for size in ICON_SIZES
            ],
        ],
        "shortcuts": [
            {"name": _("Catalogue of learning"), "url": reverse("public:catalogue")},
            {"name": _("Events"), "url": f"{reverse('public:catalogue')}?kind=event"},
            {"name": _("My account"), "url": reverse("account:choose")},
        ],
    }
    return JsonResponse(about, content_type="application/manifest+json")
