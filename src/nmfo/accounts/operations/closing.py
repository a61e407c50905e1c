"""Closing an account, and taking one's data along (R-131, C13, N20)."""

from __future__ import annotations

import datetime as dt
import secrets as randomness
from typing import Any

from django.db import transaction

from foundation.audit.operations import record
from foundation.mail.operations import put_letter
from foundation.mail.queries import letters_of
from foundation.runtime.facts import RequestFacts
from foundation.signin.events import Kind, events_of, record_event
from foundation.signin.operations import end_sessions_of
from nmfo.accounts.models import Account, Consent
from nmfo.accounts.operations.recovering import REOPEN_WITHIN
from nmfo.accounts.queries import consents_of, looks_at
from nmfo.accounts.rules import State


@transaction.atomic
def close_account(*, account: Account, facts: RequestFacts, now: dt.datetime) -> None:
    """Close sign-in at once; contacts are forgotten after thirty days, the educational record stays."""
    account.state, account.closed_at = State.CLOSED, now
    account.save(update_fields=["state", "closed_at"])
    Consent.objects.filter(account=account, withdrawn_at=None).update(withdrawn_at=now)
    end_sessions_of(account.pk)
    record_event(account.pk, Kind.CLOSED, facts, now=now)
    record(actor_id=account.pk, action="account.closed", subject="account", subject_id=account.pk, facts=facts)
    put_letter(
        kind="closed",
        to=account.email,
        account_id=account.pk,
        language=account.language,
        values={"person": account, "until": now + REOPEN_WITHIN},
        key=f"closed:{account.pk}:{now.timestamp():.0f}",
        now=now,
    )


@transaction.atomic
def forget_closed_contacts(now: dt.datetime) -> int:
    """Drop e-mail and telephone of accounts closed more than thirty days ago. Returns how many."""
    rows = Account.objects.select_for_update().filter(state=State.CLOSED, closed_at__lt=now - REOPEN_WITHIN)
    forgotten = [account for account in rows.exclude(phone_index=b"") if account.email]
    for account in forgotten:
        account.email, account.email_index = "", randomness.token_bytes(34)
        account.phone, account.phone_index = "", b""
        account.set_unusable_password()
        account.save(update_fields=["email", "email_index", "phone", "phone_index", "password"])
        record(actor_id=None, action="account.contacts_forgotten", subject="account", subject_id=account.pk, facts=None)
    return len(forgotten)


def own_data(account: Account) -> dict[str, Any]:
    """Everything the account holds of its owner, as plain values (P7)."""
    return {
        "account": {
            "snils": account.snils,
            "surname": account.surname,
            "first_name": account.first_name,
            "patronymic": account.patronymic,
            "sex": account.sex,
            "birth_date": account.birth_date.isoformat(),
            "citizenship": account.citizenship_id,
            "region": account.region_id,
            "email": account.email,
            "phone": account.phone,
            "language": account.language,
            "state": account.state,
            "created_at": account.created_at.isoformat(),
        },
        "consents": [
            {
                "text": consent.version.kind,
                "version": consent.version.version,
                "sha256": consent.version.sha256,
                "given_at": consent.given_at.isoformat(),
                "ip": consent.ip,
                "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
            }
            for consent in consents_of(account)
        ],
        "sign_in_history": [
            {"at": event.at.isoformat(), "what": event.kind, "ip": event.ip, "browser": event.agent}
            for event in events_of(account.pk)[:1000]
        ],
        "looks_at_my_card": [
            {"at": look.at.isoformat(), "what": look.action, "reason": look.reason} for look in looks_at(account, 1000)
        ],
        "letters": [
            {"at": letter.created_at.isoformat(), "subject": letter.subject, "delivery": letter.delivery}
            for letter in letters_of(account.pk)[:1000]
        ],
    }
