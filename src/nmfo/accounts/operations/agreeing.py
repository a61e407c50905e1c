"""Texts people agree to: loading their versions, agreeing, withdrawing (R-185, R-230, P7)."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from django.db import transaction

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account, AgreementVersion, Consent
from nmfo.accounts.queries import unread_versions
from nmfo.accounts.rules import AgreementKind

TEXTS = Path(__file__).resolve().parent.parent / "agreements"


@transaction.atomic
def load_agreements() -> int:
    """Take new versions over from the package's files; existing ones are left alone. Returns how many are new."""
    new = 0
    for kind in AgreementKind:
        for folder in sorted((TEXTS / kind).iterdir()):
            russian, english = ((folder / f"{language}.md").read_text(encoding="utf-8") for language in ("ru", "en"))
            _row, made = AgreementVersion.objects.get_or_create(
                kind=kind,
                version=folder.name,
                defaults={
                    "text_ru": russian,
                    "text_en": english,
                    "sha256": hashlib.sha256(f"{russian}\0{english}".encode()).hexdigest(),
                    "valid_from_on": dt.date.fromisoformat(folder.name),
                },
            )
            new += made
    return new


@transaction.atomic
def agree_to_current(*, account: Account, facts: RequestFacts, now: dt.datetime) -> int:
    """Agree to every version in force that was not agreed to yet. Returns how many."""
    missing = unread_versions(account, now.date())
    for version in missing:
        Consent.objects.create(account=account, version=version, given_at=now, ip=facts.ip or None)
        record(
            actor_id=account.pk,
            action="account.agreed",
            subject="agreement",
            subject_id=version.pk,
            facts=facts,
            after={"version": str(version), "sha256": version.sha256},
        )
    return len(missing)
