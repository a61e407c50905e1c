"""Russian texts: every package's `locale/ru.po`, merged and compiled into the data folder (docs/decisions/0006)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import polib

SOURCE = Path(__file__).resolve().parents[2]
PLURALS = (
    "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
    "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14)? 2 : 3);"
)


class TranslationsDisagree(Exception):
    """Two packages translate one message differently."""


def fragments(site: str) -> list[Path]:
    """The files that make up a site's Russian."""
    return sorted(file for place in ("foundation", site) for file in (SOURCE / place).glob("**/locale/ru.po"))


def merged(files: Iterable[Path]) -> polib.POFile:
    """One catalogue of all fragments. Raises TranslationsDisagree."""
    whole = polib.POFile()
    whole.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": "ru", "Plural-Forms": PLURALS}
    seen: dict[tuple[str | None, str], tuple[polib.POEntry, Path]] = {}
    for file in files:
        for entry in polib.pofile(str(file)):
            if entry.obsolete or "fuzzy" in entry.flags:
                continue
            key = (entry.msgctxt, entry.msgid)
            if key not in seen:
                seen[key] = (entry, file)
                whole.append(entry)
            elif (seen[key][0].msgstr, seen[key][0].msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                raise TranslationsDisagree(f"{entry.msgid!r} differs between {seen[key][1]} and {file}")
    return whole


def compile_site(site: str, folder: Path) -> int:
    """Write `folder/ru/LC_MESSAGES/django.mo` when the fragments have changed. Returns the number of messages."""
    whole = merged(fragments(site))
    target = folder / "ru" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True, exist_ok=True)
    content = whole.to_binary()
    if not target.exists() or target.read_bytes() != content:
        new = target.with_suffix(f".{os.getpid()}")
        new.write_bytes(content)
        new.replace(target)
    return len(whole)
