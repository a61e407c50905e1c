"""How the page looks for this visitor: theme and low-vision settings, kept in a cookie, rendered by the server."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest

COOKIE = "look"
COOKIE_AGE_S = 365 * 24 * 3600
CHOICES = {
    "theme": ("", "light", "dark"),
    "lv": ("", "1"),
    "size": ("1", "1.5", "2"),
    "color": ("bw", "wb", "blue", "beige", "brown"),
    "space": ("0", "1", "2"),
    "font": ("sans", "serif"),
    "img": ("on", "gray", "off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`theme` empty: as the system says. `lv`: the version for low vision is on."""

    theme: str = ""
    lv: str = ""
    size: str = "1.5"
    color: str = "bw"
    space: str = "0"
    font: str = "sans"
    img: str = "on"

    def cookie(self) -> str:
        """The settings as the cookie keeps them."""
        return "&".join(f"{name}={value}" for name, value in asdict(self).items())

    def changed(self, values: dict[str, str]) -> Look:
        """With the known values taken over and the others ignored."""
        known = {name: value for name, value in values.items() if name in CHOICES and value in CHOICES[name]}
        return replace(self, **known)


NAMES = tuple(item.name for item in fields(Look))


def read_look(request: HttpRequest) -> Look:
    """The visitor's settings; a cookie that makes no sense counts as none."""
    pairs = (part.partition("=") for part in request.COOKIES.get(COOKIE, "")[:200].split("&"))
    return Look().changed({name: value for name, _sign, value in pairs})


def look(request: HttpRequest) -> dict[str, Any]:
    """Context of every page."""
    return {
        "look": getattr(request, "look", None) or read_look(request),
        "site": settings.SITE,
        "support_mail": settings.SUPPORT_MAIL,
        "brand": getattr(settings, "BRAND", ""),
    }
