"""Builders for those who write and review items: valid and boring, like tests/builders.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, Version
from nmfo.catalogue.operations.authoring import start_item, submit_version
from nmfo.catalogue.operations.reviewing import publish_version
from nmfo.catalogue.queries import specialty_facts
from nmfo.catalogue.rules.runs import RunFacts
from nmfo.catalogue.rules.versions import VersionFacts
from nmfo.catalogue.rules.words import Kind
from nmfo.organisations.models import Member, Organisation
from nmfo.reference.models import Specialty
from tests.builders import a_member, a_specialty, an_organisation, facts


def a_writer(*roles: str, organisation: Organisation | None = None, **values: object) -> Member:
    """Somebody who works in an organisation's cabinet; by default the responsible person."""
    organisation = organisation or an_organisation()
    account = a_member(organisation, *roles, **values)
    return Member.objects.select_related("organisation__region", "account").get(account=account)


def chosen(*specialties: Specialty) -> tuple[Any, ...]:
    """Specialties as the facts of a version hold them."""
    return tuple(specialty_facts(specialty) for specialty in specialties)


def texts(kind: str = "programme", **changes: Any) -> VersionFacts:
    """What a complete item says; by default a programme of 36 hours for therapists."""
    begins_at = timezone.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=30)
    kinds: dict[str, dict[str, Any]] = {
        Kind.PROGRAMME: {"hours": 36, "form": "full_time", "bases": ("contract",), "aims": "Уметь назначать лечение."},
        Kind.EVENT: {
            "event_kind": "webinar",
            "begins_at": begins_at,
            "ends_at": begins_at + dt.timedelta(hours=3),
            "zone": "Europe/Moscow",
            "online": True,
            "link": "https://example.org/webinar",
            "minutes": 135,
            "presence": "windows",
            "presence_percent": 80,
        },
        Kind.MODULE: {"minutes": 90, "credits": 2},
    }
    given: dict[str, Any] = {
        "kind": kind,
        "title": "Избранные вопросы терапии",
        "annotation": "О том, что важно на приёме.",
        "levels": ("higher",),
        "main_specialties": chosen(a_specialty()),
    }
    return VersionFacts(**{**given, **kinds[kind], **changes})


def a_draft(by: Member, kind: str = "programme", **changes: Any) -> Version:
    """A complete draft, written through the operation."""
    return start_item(kind=kind, texts=texts(kind, **changes), by=by, facts=facts(), now=timezone.now())


def a_submitted(by: Member, kind: str = "programme", **changes: Any) -> Version:
    """The same, waiting for its review."""
    draft = a_draft(by, kind, **changes)
    return submit_version(version_id=draft.pk, by=by, facts=facts(), now=timezone.now())


def a_published(by: Member, operator: Account, kind: str = "programme", **changes: Any) -> Item:
    """The same, published by an operator."""
    version = a_submitted(by, kind, **changes)
    return publish_version(version_id=version.pk, by=operator, facts=facts(), now=timezone.now()).item


def run_of(**changes: Any) -> RunFacts:
    """A run that begins in twenty days."""
    today = timezone.localdate()
    given: dict[str, Any] = {
        "begins_on": today + dt.timedelta(days=20),
        "ends_on": today + dt.timedelta(days=30),
        "apply_until_on": today + dt.timedelta(days=15),
        "seats": 25,
        "region": "77",
        "place": "Москва, ул. Примерная, 1",
        "bases": ("contract",),
        "price_rub": 9800,
    }
    return RunFacts(**{**given, **changes})
