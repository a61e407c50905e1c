"""What the code may not do (style.md 10)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from tests.environment import ROOT
from tests.support.messages import messages

from foundation.runtime.translations import fragments, merged

SRC = ROOT / "src"
PLACES = re.compile(r"%\((\w+)\)[sd]")
TEMPLATES = sorted(SRC.rglob("templates/**/*.html"))
LONGEST = 160  # 120 is the aim; a tag of Django cannot be broken
LETTER_FRAME = "mail/frame.html"  # mail programs know no style sheets


def python(*folders: str) -> list[Path]:
    return [
        path for folder in folders for path in sorted((SRC / folder).rglob("*.py")) if "migrations" not in path.parts
    ]


def test_rules_are_pure() -> None:
    allowed = re.compile(
        r"^(django\.db$|django\.utils\.translation|foundation\.errors|nmfo\.[a-z]+\.rules(\.[a-z]+)?$|dataclasses|enum|re)"
    )
    strange = {}
    rules = [*(SRC / "nmfo").rglob("rules.py"), *(SRC / "nmfo").glob("*/rules/*.py")]
    assert len(rules) > 15
    for path in rules:
        tree = ast.parse(path.read_text())
        names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        bad = [
            name
            for name in names
            if not allowed.match(name) and name not in {"__future__", "collections.abc", "typing"}
        ]
        if bad or "timezone.now" in path.read_text() or ".objects" in path.read_text():
            strange[str(path)] = bad

    assert strange == {}


def test_pages_reach_rows_through_their_owners() -> None:
    wrong = [
        f"{path.name}: {line.strip()}"
        for path in python("nmfo/web")
        for line in path.read_text().splitlines()
        if re.search(r"get_object_or_404\([A-Z]\w*,", line) or (".objects" in line and path.name != "middleware.py")
    ]

    assert wrong == ["views.py: row = Registration.objects.filter(pk=request.session.get(_REGISTRATION) or 0).first()"]


def test_nothing_is_swallowed_and_nothing_left_open() -> None:
    wrong = [
        f"{path.relative_to(SRC)}: {line.strip()}"
        for path in python("foundation", "nmfo", "gosuslugi")
        for line in path.read_text().splitlines()
        if re.search(
            r"except( Exception| BaseException)?:|except Exception|TODO|FIXME|db\.models\.signals|GenericForeignKey",
            line,
        )
    ]

    assert wrong == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SRC)))
def test_templates_have_no_script_or_style_of_their_own(path: Path) -> None:
    if str(path).endswith(LETTER_FRAME):
        return
    text = path.read_text()

    assert (
        re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|hx-on|hx-vals=.js:|hx-trigger=[^>]*\[", text) == []
    )


def test_templates_are_laid_out_line_by_line() -> None:
    long = [
        f"{path.relative_to(SRC)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ]

    assert long == []


def test_every_message_has_its_russian() -> None:
    found = list(messages())
    assert len(found) > 600
    untranslated = []
    for site in ("nmfo", "gosuslugi"):
        whole: dict[tuple[str | None, str], object] = {
            (entry.msgctxt, entry.msgid): entry for entry in merged(fragments(site))
        }
        ours = [message for message in found if message.place.startswith((f"src/{site}/", "src/foundation/"))]
        untranslated += [message for message in ours if not _translated(whole.get((message.context, message.text)))]

    assert untranslated == []


def _translated(entry: object) -> bool:
    plural = getattr(entry, "msgstr_plural", None)
    return all(plural.values()) and len(plural) == 4 if plural else bool(getattr(entry, "msgstr", ""))


def test_translations_keep_the_places() -> None:
    wrong = []
    for site in ("nmfo", "gosuslugi"):
        for entry in merged(fragments(site)):
            texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
            wanted = set(PLACES.findall(entry.msgid_plural or entry.msgid))
            wrong += [text for text in texts if set(PLACES.findall(text)) != wanted]

    assert wrong == []


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_dark_by_the_system_has_the_values_of_dark_by_choice() -> None:
    chosen = re.search(r':root\[data-theme="dark"\]\{(.*?)\n\}', _css("20-tokens"), re.DOTALL)
    system = re.search(r":root:not\(\[data-theme\]\):not\(\[data-lv\]\)\{(.*?)\n\}", _css("21-system-dark"), re.DOTALL)

    assert chosen is not None
    assert system is not None
    assert chosen[1] == system[1]


def test_paper_has_its_own_value_of_each_colour_of_the_dark_theme() -> None:
    dark = re.search(r':root\[data-theme="dark"\]\{(.*?)\n\}', _css("20-tokens"), re.DOTALL)
    paper = re.search(r":root\{(.*?)\n  \}", _css("90-print"), re.DOTALL)

    assert dark is not None
    assert paper is not None
    assert set(re.findall(r"(--[\w-]+):", dark[1])) - set(re.findall(r"(--[\w-]+):", paper[1])) == set()


def _css(name: str) -> str:
    return (SRC / "foundation" / "ui" / "css" / f"{name}.css").read_text()


def test_every_promise_has_a_test_of_its_name() -> None:
    promised = re.findall(r"^\| ([A-Z]\d) \|", (ROOT / "docs/how-it-works/promises.md").read_text(), re.MULTILINE)
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))

    assert len(promised) > 30
    assert [promise for promise in promised if f"def test_{promise.lower()}_" not in tests] == []


def test_the_key_of_a_form_is_one_kind_of_field() -> None:
    sources = {str(path.relative_to(SRC)): path.read_text() for path in SRC.rglob("*.py")}
    made = {name for name, text in sources.items() if re.search(r"form_key = (?!FormKey\(\)|models\.)", text)}
    set_by_hand = {name for name, text in sources.items() if '"form_key": secrets' in text}

    assert (made, set_by_hand) == (set(), set())
