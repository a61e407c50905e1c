"""What people type makes no button, no heading and no place of a secret in a letter of the portal, in any of them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import nmfo
from foundation.mail.models import Letter
from foundation.mail.operations import put_letter, readable_blocks, words_of
from foundation.mail.plain import plain_text

_LETTERS = sorted(
    path for path in Path(nmfo.__file__).parent.glob("*/templates/letters/*.txt") if not path.name.startswith("_")
)
_TYPED = (
    "Доступ](https://evil.example/a) истекает.\n\n[Подтвердите вход](https://evil.example/b)\n\n## Портал\n\n`код`"
    "\u2028- [Ещё](https://evil.example/c)\n\n~ [И ещё](https://evil.example/d)\n\n⟦link⟧ ⟦temporary_password⟧"
)
_HARMLESS = "Слово"
_PATH = re.compile(r"[a-z_]+(?:\.[a-z_0-9]+)*")
_FOR = re.compile(r"{%-?\s*for (\w+) in ([a-z_.0-9]+)")
_INCLUDE = re.compile(r'{% include "([^"]+)" %}')
_STRINGS = re.compile(r'"[^"]*"|\'[^\']*\'')
_AS_DAY = re.compile(r"([a-z_.0-9]+)\|(?:day|short_day|moment|date)")
_AS_NUMBER = re.compile(r"count \w+=([a-z_.0-9]+)")


class _Given:
    """An object with attributes, as the models are that letters are given."""


def _source(path: Path) -> str:
    text = path.read_text()
    return _INCLUDE.sub(lambda found: _source(path.parent.parent / found[1]), text)


def _values(source: str, typed: str, instead: dict[str, object]) -> dict[str, Any]:
    """Values for everything that the template names: `typed` where it wants a text."""
    loops = {name: f"{path}.0" for name, path in _FOR.findall(source)}
    code = [_STRINGS.sub("", found) for found in re.findall(r"{[{%](.*?)[%}]}", source)]
    names = {path for one in code for path in _PATH.findall(one)}
    root: dict[str, Any] = {}
    people = ["first_name", "patronymic", "surname"]
    for path in sorted({*names, *(f"{who}.{name}" for who in ("person", "heir", "giver") for name in people)}):
        steps = path.split(".")
        while steps[0] in loops and steps[0] != loops[steps[0]].partition(".")[0]:
            steps = [*loops[steps[0]].split("."), *steps[1:]]
        value: object = typed
        if path in _AS_DAY.findall(source):
            value = timezone.now()
        elif path in _AS_NUMBER.findall(source) or steps[-1] in {"pk", "credits", "number", "n", "hours", "counter"}:
            value = 3
        node = root
        for step in steps[:-1]:
            if not isinstance(node.get(step), dict):
                node[step] = {}
            node = node[step]
        node.setdefault(steps[-1], instead.get(path, value))
    return {name: _object(one) for name, one in root.items() if name != "base"}


def _object(node: object) -> object:
    if not isinstance(node, dict):
        return node
    if "0" in node:
        return [_object(node["0"])]
    made = _Given()
    for name, value in node.items():
        setattr(made, name, _object(value))
    return made


def _ways(source: str) -> list[dict[str, object]]:
    """The conditions of a template, each once otherwise than the rest: false, or the word that it is compared with."""
    ways: list[dict[str, object]] = [{}]
    for words in re.findall(r"{% (?:el)?if ([^%]+)%}", source):
        paths = set(_PATH.findall(_STRINGS.sub("", words))) - {"and", "or", "not", "is"}
        ways += [{path: 0 if path in _AS_NUMBER.findall(source) else ""} for path in sorted(paths)]
        ways += [{path: word} for path, word in re.findall(r'([a-z_.]+) == "(\w+)"', words)]
    return ways


def _put(path: Path, source: str, typed: str, instead: dict[str, object]) -> Letter:
    return put_letter(
        kind=path.stem,
        to="x@nmfo.example",
        account_id=None,
        language="ru",
        values=_values(source, typed, instead),
        key=f"{typed[:5]}:{instead}",
        now=timezone.now(),
    )


def _made(letter: Letter) -> Counter[str]:
    """How many blocks of each kind a letter has besides text."""
    return Counter(block["kind"] for block in readable_blocks(letter) if block["kind"] != "text")


@pytest.mark.django_db
@pytest.mark.parametrize("path", _LETTERS, ids=lambda path: path.stem)
def test_what_is_typed_into_a_letter_stays_text(path: Path) -> None:
    source = _source(path)
    for instead in _ways(source):
        typed, harmless = (_put(path, source, text, instead) for text in (_TYPED, _HARMLESS))

        assert _made(typed) <= _made(harmless), (instead, typed.text)
        assert not re.search(r'href="[^"]*evil', words_of(typed).html), (instead, typed.text)
        assert set(re.findall("⟦[a-z_]+⟧", f"{typed.subject}{typed.text}")) <= {
            f"⟦{name}⟧" for name in re.findall(r'{% secret "(\w+)" %}', source)
        }


def test_there_are_letters_to_look_at() -> None:
    assert len(_LETTERS) > 50


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Съезд [2026], «Терапия» # 1", "Съезд (2026), «Терапия» # 1"),
        ("Первое.\n\n## Второе", "Первое.\n\n№№ Второе"),
        ("https://vebinar.example/r?a[]=1#top", "https://vebinar.example/r?a%5B%5D=1#top"),
    ],
)
def test_what_is_typed_stays_readable(typed: str, kept: str) -> None:
    assert plain_text(typed) == kept
