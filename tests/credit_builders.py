"""Valid and boring credits for tests."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from nmfo.catalogue.models import Version
from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.posting import post
from nmfo.credits.rules import Source
from nmfo.organisations.models import Organisation
from nmfo.specialists.models import Specialist
from tests.builders import a_specialist, a_specialty, a_version, an_item, published

_origins = itertools.count(1)


def a_programme(**values: Any) -> Version:
    """A published programme of 36 hours for therapists."""
    return published(a_version(an_item("programme"), a_specialty(), **values))


def an_event(organisation: Organisation | None = None, **values: Any) -> Version:
    """A published webinar for therapists, worth 3 credits, that was yesterday."""
    then = timezone.now() - dt.timedelta(days=1)
    given: dict[str, Any] = {"begins_at": then - dt.timedelta(hours=3), "ends_at": then}
    return published(a_version(an_item("event", organisation), a_specialty(), **{**given, **values}))


def an_entry(
    specialist: Specialist | None = None,
    version: Version | None = None,
    *,
    origin: str = "",
    earned_on: dt.date | None = None,
    now: dt.datetime | None = None,
) -> LedgerEntry:
    """A programme that somebody has completed, posted by the portal's own operation."""
    return post(
        specialist_id=(specialist or a_specialist()).pk,
        version=version or a_programme(),
        source=Source.COMPLETION,
        origin=origin or f"application:{next(_origins)}",
        earned_on=earned_on or timezone.localdate(),
        by=None,
        now=now or timezone.now(),
    )
