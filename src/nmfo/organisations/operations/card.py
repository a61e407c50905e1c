"""The public card of an organisation: what its people change themselves (O-17)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.organisations.models import Organisation
from nmfo.organisations.operations.inviting import acting_member
from nmfo.organisations.rules import ChangedElsewhere, Right


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What may be changed without asking anybody. `about` is Markdown; a phone in E.164."""

    kind: str
    about: str
    site: str
    public_email: str
    public_phone: str
    address: str


def card_of(organisation: Organisation) -> CardFacts:
    """The card as it stands."""
    return CardFacts(**{name: getattr(organisation, name) for name in CardFacts.__dataclass_fields__})


def mark_of(card: CardFacts) -> str:
    """A short mark of what a card says: two people who change it notice each other by it."""
    return hashlib.sha256(json.dumps(asdict(card), ensure_ascii=False).encode()).hexdigest()[:16]


@transaction.atomic
def change_card(
    *, organisation: Organisation, card: CardFacts, seen: str, by: Account, facts: RequestFacts, now: dt.datetime
) -> Organisation:
    """Change the card. `seen` is the mark of the card that was on the page. Raises NotAllowed, ChangedElsewhere."""
    acting_member(organisation.pk, by, Right.SETTINGS)
    row = Organisation.objects.get(pk=organisation.pk)
    before = card_of(row)
    if mark_of(before) != seen:
        raise ChangedElsewhere
    changed: dict[str, Any] = {name: value for name, value in asdict(card).items() if getattr(row, name) != value}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    record(
        actor_id=by.pk,
        action="organisation.card_changed",
        subject="organisation",
        subject_id=row.pk,
        facts=facts,
        before={name: str(getattr(before, name))[:200] for name in changed},
        after={name: str(value)[:200] for name, value in changed.items()},
    )
    return row
