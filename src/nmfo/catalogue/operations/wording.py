"""The operator's table of synonyms: groups of words and phrases by any of which people find the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Synonym
from nmfo.catalogue.search.segment import tokens_of
from nmfo.catalogue.search.words import clean

MOST_WORDS, LONGEST_WORD, LONGEST_NOTE = 20, 100, 200
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "synonyms.txt"


class TooFewSynonyms(Refused):
    message = _("Write at least two words or phrases, each on a line of its own.")
    field = "words"


class TooManySynonyms(Refused):
    message = _("A group has at most %(most)d lines. Make two groups of it.")
    field = "words"


class SynonymTooLong(Refused):
    message = _("«%(word)s» is longer than %(most)d signs.")
    field = "words"


class SynonymHasNoWord(Refused):
    message = _("There are no letters or digits in «%(word)s».")
    field = "words"


class SynonymsMoved(Refused):
    message = _("Another operator has changed this group meanwhile. Look at it anew.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading did, in groups."""

    added: int
    changed: int
    left: int


def writings(lines: Iterable[str]) -> list[str]:
    """The lines cleaned, each once. Raises the refusals above when they do not make a group."""
    found: dict[str, str] = {}
    for line in lines:
        word = clean(line)
        if not word:
            continue
        if len(line.strip()) > LONGEST_WORD:
            raise SynonymTooLong(word=f"{word[:40]}…", most=LONGEST_WORD)
        if not tokens_of(word):
            raise SynonymHasNoWord(word=word)
        found.setdefault(" ".join(tokens_of(word)), word)
    if len(found) < 2:  # noqa: PLR2004 - a group is two at least
        raise TooFewSynonyms
    if len(found) > MOST_WORDS:
        raise TooManySynonyms(most=MOST_WORDS)
    return list(found.values())


@transaction.atomic
def add_synonyms(*, lines: Iterable[str], note: str, by: Account, facts: RequestFacts, now: dt.datetime) -> Synonym:
    """Make a group. Every web process knows it at its next look, within about a second."""
    words = writings(lines)
    group = Synonym.objects.create(words=words, note=note, changed_at=now, changed_by=by)
    _record("synonyms.added", group, by, facts, before={}, after=_facts(group))
    return group


@transaction.atomic
def change_synonyms(
    *, pk: int, lines: Iterable[str], note: str, seen: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> Synonym:
    """Change a group. `seen` is its `changed_at` as the operator saw it. Raises SynonymsMoved when it moved on."""
    words = writings(lines)
    group = _locked(pk, seen)
    before = _facts(group)
    group.words, group.note, group.changed_at, group.changed_by = words, note, now, by
    group.save(update_fields=["words", "note", "changed_at", "changed_by"])
    _record("synonyms.changed", group, by, facts, before=before, after=_facts(group))
    return group


@transaction.atomic
def remove_synonyms(*, pk: int, seen: str, by: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Take a group out. The row stays, so that loading the package's list does not bring it back."""
    group = _locked(pk, seen)
    before = _facts(group)
    group.removed_at = group.changed_at = now
    group.changed_by = by
    group.save(update_fields=["removed_at", "changed_at", "changed_by"])
    _record("synonyms.removed", group, by, facts, before=before, after={})


@transaction.atomic
def load_shipped_synonyms(*, now: dt.datetime) -> Loaded:
    """Bring in the package's groups: new ones are added, those nobody has touched are renewed, others are left."""
    known = {group.shipped_key: group for group in Synonym.objects.exclude(shipped_key="").select_for_update()}
    added = changed = left = 0
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        words = writings(line.split("|"))
        group = known.get(words[0])
        if group is None:
            Synonym.objects.create(words=words, shipped_key=words[0], changed_at=now)
            added += 1
        elif group.changed_by_id is None and group.words != words:
            group.words, group.changed_at = words, now
            group.save(update_fields=["words", "changed_at"])
            changed += 1
        else:
            left += 1
    return Loaded(added=added, changed=changed, left=left)


def _locked(pk: int, seen: str) -> Synonym:
    group = Synonym.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, removed_at=None).first()
    if group is None or group.changed_at.isoformat() != seen:
        raise SynonymsMoved
    return group


def _facts(group: Synonym) -> dict[str, object]:
    return {"words": group.words, "note": group.note}


def _record(
    action: str,
    group: Synonym,
    by: Account,
    facts: RequestFacts,
    *,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    record(
        actor_id=by.pk, action=action, subject="synonym", subject_id=group.pk, facts=facts, before=before, after=after
    )
