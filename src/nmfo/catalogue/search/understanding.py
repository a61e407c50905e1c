"""From what somebody typed to what the index looks for: synonyms, corrections, the other keyboard."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from nmfo.catalogue.search.bits import count
from nmfo.catalogue.search.finding import with_term
from nmfo.catalogue.search.index import Snapshot
from nmfo.catalogue.search.segment import tokens_of
from nmfo.catalogue.search.words import Lexemes, Term, other_layout, typed

_SHORT, _MIDDLE = 4, 6  # words of fewer letters are not corrected; from so many on two mistakes are
_KEPT = 5000
_CANDIDATES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The terms; `shown` is the query as it was looked for when a word was corrected, else empty.

    `missing` are words that nothing in the catalogue has, `similar` what they might have meant.
    """

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    volume: int | None = None
    shown: str = ""
    missing: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    was_cut: bool = False


def words_of(text: str) -> list[str]:
    """The words that a query may need the lexemes of: as typed, and with the keyboard switched over."""
    wanted = []
    for chunk in typed(text).chunks:
        wanted += tokens_of(chunk) + tokens_of(other_layout(chunk))
    return wanted


def understand(snapshot: Snapshot, text: str, *, exact: bool = False) -> Understood:
    """What a query asks for. Words that nothing has are corrected, unless `exact`."""
    given = typed(text)
    words: list[str] = []
    changed = False
    missing: list[str] = []
    similar: list[str] = []
    for chunk in given.chunks:
        tokens = tokens_of(chunk)
        lost = [token for token in tokens if not _is_found(snapshot, token)]
        if lost and not exact:
            switched = tokens_of(other_layout(chunk))
            if switched and all(_is_found(snapshot, token) for token in switched):
                words += switched
                changed = True
                continue
        for token in tokens:
            better = _better(snapshot, token) if token in lost else []
            if token in lost and better and not exact:
                words.append(better[0])
                changed = True
            else:
                words.append(token)
                if token in lost:
                    missing.append(token)
                    similar += better
    terms = tuple(snapshot.synonyms.terms(snapshot.dictionary.of(words)))
    return Understood(
        terms=terms,
        words=tuple(words),
        volume=given.volume,
        shown=" ".join([*words, *([f"{given.volume} ЗЕТ"] if given.volume is not None else [])]) if changed else "",
        missing=tuple(missing),
        similar=tuple(dict.fromkeys(similar)),
        was_cut=given.was_cut,
    )


def _is_found(snapshot: Snapshot, token: str) -> bool:
    """Whether any item has the word, or a synonym of it; stop words count as found."""
    lexemes: Lexemes = snapshot.dictionary.of([token])[0]
    if not lexemes:
        return True
    if _has(snapshot, Term((lexemes,))):
        return True
    # Part of an operator's phrase, or a word with synonyms: the whole query decides.
    return any(lexemes[0] in phrase for group in snapshot.synonyms.groups for phrase in group)


def _has(snapshot: Snapshot, term: Term) -> bool:
    return any(count(with_term(part.segment, term) & part.alive) for part in snapshot.parts)


_kept: OrderedDict[tuple[int, str], list[str]] = OrderedDict()
_kept_lock = threading.Lock()


def _better(snapshot: Snapshot, token: str) -> list[str]:
    """Words of the catalogue that differ least from one that nothing has, the most frequent first; at most three."""
    key = (snapshot.number, token)
    with _kept_lock:
        if key in _kept:
            return _kept[key]
    found = _look_for(snapshot, token)
    with _kept_lock:
        _kept[key] = found
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def _look_for(snapshot: Snapshot, token: str) -> list[str]:
    if len(token) < _SHORT or not token.isalpha():
        return []
    most = 1 if len(token) < _MIDDLE else 2
    near: dict[str, tuple[int, int]] = {}
    for part in snapshot.parts:
        plain = part.segment.plain
        found = extract(token, plain.words, scorer=OSA.distance, score_cutoff=most, limit=_CANDIDATES, processor=None)
        for word, mistakes, place in found:
            rows = int(np.diff(plain.offsets[place : place + 2])[0])
            near[word] = (mistakes, near.get(word, (0, 0))[1] - rows)
    best = sorted(near, key=lambda word: (*near[word], word))
    return [word for word in best if word != token and _is_found(snapshot, word)][:3]


def dropped(understood: Understood, place: int) -> tuple[Term, ...]:
    """The terms without one of them."""
    return tuple(term for at, term in enumerate(understood.terms) if at != place)


def effect(snapshot: Snapshot, words: Sequence[str]) -> tuple[list[int], int]:
    """How many items each writing finds by itself, and all of them together, as a group of synonyms would."""
    found = [tuple(lexeme for token in snapshot.dictionary.of(tokens_of(word)) for lexeme in token) for word in words]
    numbers = [_number(snapshot, Term((lexemes,))) if lexemes else 0 for lexemes in found]
    return numbers, _number(snapshot, Term(tuple(lexemes for lexemes in found if lexemes)))


def _number(snapshot: Snapshot, term: Term) -> int:
    return sum(count(with_term(part.segment, term) & part.alive) for part in snapshot.parts)
