"""Where static files come from: our style sheets joined into one, the icon as pictures, a few third-party files.

Third-party files are installed from npm by the lock file at set-up (`node_modules`) and never committed; only those
named here are served.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
MODULES = Path(__file__).resolve().parents[3] / "node_modules"
GOLOS = MODULES / "@fontsource-variable" / "golos-text" / "files"
THIRD_PARTY = {
    "ui/fonts/golos-text-cyrillic.woff2": GOLOS / "golos-text-cyrillic-wght-normal.woff2",
    "ui/fonts/golos-text-latin.woff2": GOLOS / "golos-text-latin-wght-normal.woff2",
    "ui/fonts/golos-text-latin-ext.woff2": GOLOS / "golos-text-latin-ext-wght-normal.woff2",
    "vendor/htmx.js": MODULES / "htmx.org" / "dist" / "htmx.min.js",
    "vendor/pbkdf2-worker.js": MODULES / "altcha" / "dist" / "workers" / "pbkdf2.js",
}
ICON_SIZES = (192, 512)  # pixels: what phones ask for


class BrowserFilesMissing(Exception):
    """The set-up did not install what the browser needs."""


def build(folder: Path) -> None:
    """Bring the folder to what the sources say: `ui/portal.css`, the icons, the third-party files."""
    css = "\n".join(file.read_text(encoding="utf-8") for file in sorted((HERE / "css").glob("*.css")))
    _write(folder / "ui" / "portal.css", css.encode())
    for size in ICON_SIZES:
        _write(folder / _icon_name(size), icon_picture(size))
    for name, source in THIRD_PARTY.items():
        if not source.exists():
            raise BrowserFilesMissing(f"{source.name} is missing: start ./run or ./test once, they install it")
        _write(folder / name, source.read_bytes())


def icon_picture(size: int) -> bytes:
    """The mark of five arcs on green, as PNG. It stays within the circle that phones leave when they cut icons out."""
    finer = 4  # drawn larger and made smaller: the drawing itself has no smooth edges
    whole = size * finer
    picture = Image.new("RGB", (whole, whole), "#083f3f")
    draw = ImageDraw.Draw(picture)
    centre, radius, stroke = whole / 2, whole * 0.33, whole * 0.105
    ring = (centre - radius, centre - radius, centre + radius, centre + radius)
    for number, colour in enumerate(("#5fc9bd", "#5fc9bd", "#ffc53d", "#3b716f", "#3b716f")):
        begins = -84 + 72 * number  # degrees from three o'clock, clockwise
        draw.arc(ring, begins, begins + 60, fill=colour, width=round(stroke))
    arm, half = whole * 0.1, whole * 0.032
    draw.rectangle((centre - half, centre - arm, centre + half, centre + arm), fill="#fff")
    draw.rectangle((centre - arm, centre - half, centre + arm, centre + half), fill="#fff")
    made = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(made, "PNG", optimize=True)
    return made.getvalue()


def _icon_name(size: int) -> str:
    return f"ui/icon-{size}.png"


def _write(target: Path, content: bytes) -> None:
    if target.exists() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}.{os.getpid()}")
    new.write_bytes(content)
    new.replace(target)


class ComponentFinder(BaseFinder):
    """Django's way to what `build` made."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = settings.DATA / "assets"
        build(self.folder)
        self.storage = FileSystemStorage(location=self.folder)

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        found = self.folder / path
        if not found.is_file():
            return []
        return [str(found)] if find_all else str(found)

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, FileSystemStorage]]:
        names = ["ui/portal.css", *map(_icon_name, ICON_SIZES), *THIRD_PARTY]
        return iter([(name, self.storage) for name in names])
