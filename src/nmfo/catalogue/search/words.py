"""How what somebody types becomes words of the dictionary: cleaned, cut, corrected, widened by synonyms."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nmfo.catalogue.search.reading import lexemes_of
from nmfo.catalogue.search.segment import tokens_of

LONGEST_QUERY, MOST_WORDS = 200, 12
Lexemes = tuple[str, ...]
_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_KEPT_WORDS = 20_000
_VOLUME = re.compile(r"(?<!\w)(\d{1,3})\s*(?:зет|зэт|балл(?:а|ов)?|час(?:а|ов)?|ч)(?!\w)")
_UNIT = re.compile(r"(?<!\w)(?:зет|зэт)(?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A query cleaned: its chunks between spaces, and the volume that «36 ЗЕТ» asks for."""

    chunks: tuple[str, ...]
    volume: int | None = None
    was_cut: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One thing the query wants: any of the alternatives, of an alternative every lexeme."""

    alternatives: tuple[Lexemes, ...]


def clean(text: str) -> str:
    """The text without invisible characters, composed, with single spaces, at most `LONGEST_QUERY` signs."""
    composed = unicodedata.normalize("NFKC", text[: LONGEST_QUERY * 4])
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in composed)
    return " ".join(visible.split())[:LONGEST_QUERY].strip()


def typed(text: str) -> Typed:
    """Take a query apart. The same writing as `catalogue_plain` in the database: ё is е, «3ЕТ» is ЗЕТ, COVID-19 two."""
    cleaned = clean(text).lower().replace("ё", "е")
    plain = re.sub(r"-(?=\d)", " ", re.sub(r"(^|\D)3ет(?![а-я])", r"\1зет", cleaned))
    asked = _VOLUME.search(plain)
    if asked:
        plain = f"{plain[: asked.start()]} {plain[asked.end() :]}"
    chunks = _UNIT.sub(" ", plain).split()
    kept: list[str] = []
    count = 0
    for chunk in chunks:
        count += max(1, len(tokens_of(chunk)))
        if count > MOST_WORDS:
            break
        kept.append(chunk)
    return Typed(
        chunks=tuple(kept),
        volume=int(asked[1]) if asked else None,
        was_cut=len(kept) < len(chunks) or len(text) > LONGEST_QUERY,
    )


def other_layout(chunk: str) -> str:
    """The chunk as if typed with the keyboard switched over; nothing when it mixes both alphabets."""
    letters = [sign for sign in chunk if sign.isalpha()]
    if letters and all(sign < "\x7f" for sign in letters):
        return chunk.translate(_TO_CYRILLIC).replace("ё", "е")
    if letters and all("а" <= sign <= "я" for sign in letters):
        return chunk.translate(_TO_LATIN)
    return ""


@dataclass(slots=True)
class Dictionary:
    """What words become, asked of PostgreSQL and kept: all words of the texts, the last `_KEPT_WORDS` others."""

    _texts: dict[str, Lexemes] = field(default_factory=dict)
    _typed: OrderedDict[str, Lexemes] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Those of the words that have to be asked for, each once."""
        with self._lock:
            return [word for word in dict.fromkeys(words) if word not in self._texts and word not in self._typed]

    def learn(self, words: Sequence[str], lexemes: Sequence[Lexemes]) -> None:
        """Keep what PostgreSQL said of words that somebody typed."""
        with self._lock:
            for word, found in zip(words, lexemes, strict=True):
                self._typed[word] = found
                self._typed.move_to_end(word)
            while len(self._typed) > _KEPT_WORDS:
                self._typed.popitem(last=False)

    def learn_texts(self, words: Iterable[str]) -> None:
        """Ask for the words of texts that are new, in one statement, and keep them all."""
        missing = [word for word in words if word not in self._texts]
        if missing:
            found = dict(zip(missing, lexemes_of(missing), strict=True))
            with self._lock:
                self._texts = {**self._texts, **found}

    def of(self, words: Iterable[str]) -> list[Lexemes]:
        """The lexemes of each word; what is not known is asked for in one statement."""
        wanted = list(words)
        missing = self.unknown(wanted)
        fresh = dict(zip(missing, lexemes_of(missing), strict=True)) if missing else {}
        if missing:
            self.learn(missing, list(fresh.values()))
        with self._lock:
            known = [self._texts.get(word, self._typed.get(word, fresh.get(word))) for word in wanted]
        return [() if found is None else found for found in known]  # None: pushed out by others this very moment


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Phrases of the operator's table as lexemes, found by their first one; `groups[i]` are the writings of group i."""

    by_first: dict[str, list[tuple[Lexemes, int]]]
    groups: list[tuple[Lexemes, ...]]

    def terms(self, lexemes: Sequence[Lexemes]) -> list[Term]:
        """The terms of a query given as the lexemes of its words, stop words left out. The longest phrase wins."""
        line = [word for word in lexemes if word]
        terms: list[Term] = []
        at = 0
        while at < len(line):
            own, groups = self._longest(line, at)
            writings = dict.fromkeys([own, *(phrase for group in groups for phrase in self.groups[group])])
            terms.append(Term(tuple(writings)))
            at += max(1, self._width(line, at, own))
        return terms

    def _longest(self, line: Sequence[Lexemes], at: int) -> tuple[Lexemes, list[int]]:
        flat = [lexeme for word in line[at:] for lexeme in word]
        best: Lexemes = line[at]
        groups: list[int] = []
        for phrase, group in self.by_first.get(flat[0], ()):
            if tuple(flat[: len(phrase)]) != phrase or len(phrase) < len(best):
                continue
            if len(phrase) > len(best):
                best, groups = phrase, []
            groups.append(group)
        return best, groups

    @staticmethod
    def _width(line: Sequence[Lexemes], at: int, phrase: Lexemes) -> int:
        taken, words = 0, 0
        while taken < len(phrase) and at + words < len(line):
            taken += len(line[at + words])
            words += 1
        return words


def synonyms_of(groups: Sequence[Sequence[str]], dictionary: Dictionary) -> Synonyms:
    """The table of synonyms made ready. Writings that consist of stop words only are left out."""
    tokens = [[tokens_of(writing) for writing in group] for group in groups]
    flat = [token for group in tokens for writing in group for token in writing]
    known = dict(zip(flat, dictionary.of(flat), strict=True)) if flat else {}
    by_first: dict[str, list[tuple[Lexemes, int]]] = {}
    ready: list[tuple[Lexemes, ...]] = []
    for number, group in enumerate(tokens):
        writings = [tuple(one for token in writing for one in known[token]) for writing in group]
        writings = list(dict.fromkeys(writing for writing in writings if writing))
        ready.append(tuple(writings))
        for writing in writings:
            by_first.setdefault(writing[0], []).append((writing, number))
    return Synonyms(by_first, ready)


NO_SYNONYMS = Synonyms({}, [])
