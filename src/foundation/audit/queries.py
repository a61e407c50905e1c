"""Reading the trail of a subject; checking the chain of seals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Max, Min, Q, QuerySet
from django.utils.module_loading import import_string

from foundation.audit.models import Entry, Seal
from foundation.audit.operations import FIRST, digest_of

Ids = Iterable[int] | QuerySet[Any, Any]


def entries_about(subjects: Iterable[tuple[str, Ids]]) -> QuerySet[Entry]:
    """What was done to these rows, the last first. `subjects`: pairs of a kind and the ids of its rows."""
    wanted = Q()
    for kind, ids in subjects:
        wanted |= Q(subject=kind, subject_id__in=ids)
    return Entry.objects.filter(wanted).order_by("-id") if wanted else Entry.objects.none()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a walk along the chain found. `faults` is empty when everything is as it was written."""

    seals: int
    entries: int
    unsealed: int
    faults: list[str]


def verify_chain(outside: Iterable[tuple[int, str]] = ()) -> Verdict:
    """Recompute every seal. `outside`: pairs (upto, digest) of seals that had left the machine (promises T2, T3)."""
    faults = broken(_SENTENCES)
    previous, since, entries, seals = FIRST, 0, 0, 0
    known: dict[int, str] = {}
    for seal in Seal.objects.order_by("upto").iterator():
        seals += 1
        known[seal.upto] = seal.digest
        if seal.previous != previous or seal.since != since:
            faults.append(f"seal {seal.pk} does not follow the one before: a seal is missing or was added")
        rows = Entry.objects.filter(transaction__gte=seal.since, transaction__lt=seal.upto).order_by(
            "transaction", "id"
        )
        digest, count = digest_of(rows.iterator(chunk_size=2000), seal.previous)
        if count != seal.entries:
            faults.append(
                f"seal {seal.pk} of {seal.at:%Y-%m-%d %H:%M} covers {seal.entries} entries, {count} are there"
            )
        elif digest != seal.digest:
            span = rows.aggregate(first=Min("id"), last=Max("id"))
            faults.append(
                f"seal {seal.pk} of {seal.at:%Y-%m-%d %H:%M}: entries {span['first']}-{span['last']} were changed"
            )
        previous, since, entries = seal.digest, seal.upto, entries + count
    faults += [
        f"the seal up to transaction {upto} that had left the machine is not the one here"
        for upto, digest in outside
        if known.get(upto) != digest
    ]
    unsealed = Entry.objects.filter(transaction__gte=since).count()
    return Verdict(seals=seals, entries=entries, unsealed=unsealed, faults=faults)


_SHOWN = 20  # of the rows that break a sentence
# Numbers that no transaction has had: no seal reaches these rows, or a seal says that it covers what is to come.
_SENTENCES = {
    "entries of the trail stand where no seal comes": """
        SELECT id FROM audit_entry WHERE transaction < 0 OR transaction >= next_transaction() ORDER BY id""",
    "seals reach beyond what has been written": """
        SELECT id FROM audit_seal WHERE upto > next_transaction() ORDER BY id""",
}


def broken(sentences: Mapping[str, str]) -> list[str]:
    """Those of the sentences that do not hold, each with the first rows; their SQL gives the numbers that break it."""
    found = []
    with connection.cursor() as cursor:
        for sentence, query in sentences.items():
            cursor.execute(query)
            numbers = [str(row[0]) for row in cursor.fetchmany(_SHOWN)]
            if numbers:
                found.append(f"{sentence}: {', '.join(numbers)}")
    return found


def checked() -> dict[str, list[str]]:
    """What the site wants checked besides the trail (`AUDIT_CHECKS`), and the faults of each."""
    return {name: import_string(name)() for name in settings.AUDIT_CHECKS}
