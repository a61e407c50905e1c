"""Builders for cycles and their credits: valid and boring, like tests/builders.py."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from foundation.errors import Refused
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.posting import post
from nmfo.credits.rules.words import Source
from nmfo.cycles.models import Cycle, RuleSet
from nmfo.cycles.operations.joining import join_cycle
from nmfo.cycles.operations.loading import load_rules
from nmfo.cycles.rules.days import anniversary
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Document, Specialist
from tests.builders import a_specialty, a_version, an_item, facts, published

_origins = itertools.count(1)


def rules_in_force() -> None:
    """The rule sets, acts and golden cases of the package."""
    if not RuleSet.objects.exists():
        load_rules(now=timezone.now())


def an_admission(
    specialist: Specialist,
    issued_on: dt.date,
    *,
    specialty: Specialty | None = None,
    years: int = 5,
    **values: object,
) -> Document:
    """An accreditation from a day on, in therapy, for five years."""
    given: dict[str, Any] = {
        "kind": "accreditation",
        "trust": "register",
        "specialty": specialty or a_specialty(),
        "issued_on": issued_on,
        "valid_until_on": anniversary(issued_on, years),
        "created_at": timezone.now(),
        **values,
    }
    document = Document(specialist=specialist, **given)
    document.series = document.number = ""
    document.save(force_insert=True)
    return document


def a_cycle(
    specialist: Specialist,
    begins_on: dt.date | None = None,
    *,
    specialty: Specialty | None = None,
    **document_values: Any,
) -> Cycle:
    """A five-year cycle in therapy that began two years and some months ago; values are of its document."""
    rules_in_force()
    first = begins_on or timezone.localdate().replace(day=1) - dt.timedelta(days=365 * 2 + 200)
    document = an_admission(specialist, first, specialty=specialty, **document_values)
    return join_cycle(
        specialist=specialist,
        document_id=document.pk,
        today=max(first, timezone.localdate()),
        facts=facts(),
        now=timezone.now(),
    )


def a_credit(
    specialist: Specialist,
    earned_on: dt.date,
    *,
    kind: str = "programme",
    version: Version | None = None,
    by: Account | None = None,
    **values: Any,
) -> LedgerEntry:
    """A posting for a published item; by default a programme of 36 hours for therapists."""
    sources = {"programme": Source.COMPLETION, "event": Source.PRESENCE, "module": Source.MODULE}
    version = version or published(a_version(an_item(kind), **values))
    return post(
        specialist_id=specialist.pk,
        version=version,
        source=sources[kind],
        origin=f"test:{next(_origins)}",
        earned_on=earned_on,
        by=by,
        now=timezone.now(),
    )


def a_reversal(entry: LedgerEntry) -> LedgerEntry:
    """The entry taken back."""
    return LedgerEntry.objects.create(
        specialist_id=entry.specialist_id,
        credits=-entry.credits,
        part=entry.part,
        source=Source.REVERSAL,
        origin=f"entry:{entry.pk}",
        item_id=entry.item_id,
        version_id=entry.version_id,
        specialty_id=entry.specialty_id,
        organisation_id=entry.organisation_id,
        title=entry.title,
        earned_on=entry.earned_on,
        posted_at=timezone.now(),
        reverses=entry,
        reason="Слушатель не закончил программу.",
    )


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run operations in threads of their own, begun together; what each gave or refused."""
    barrier = threading.Barrier(len(acts))
    answers: list[object] = []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            answers.append(act())
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
