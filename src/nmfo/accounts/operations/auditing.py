"""Letters to the auditor: seals that leave the machine (promise T3), and staff who look at too many people (P6)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction

from foundation.audit.models import Seal
from foundation.audit.outside import line_of
from foundation.mail.models import Letter
from foundation.mail.operations import put_letter
from nmfo.accounts.models import Account

LANGUAGE = "ru"


@transaction.atomic
def tell_of_seal(now: dt.datetime) -> Letter | None:
    """Send the newest seal, which stands for all before it; None when it was sent already or nobody is to get it."""
    seal = Seal.objects.order_by("-upto").first()
    if seal is None or not settings.AUDITOR_MAIL:
        return None
    return put_letter(
        kind="seal",
        to=settings.AUDITOR_MAIL,
        account_id=None,
        language=LANGUAGE,
        values={"line": line_of(seal), "entries": seal.entries},
        key=f"seal:{seal.pk}",
        now=now,
    )


@transaction.atomic
def tell_of_many_opened(by: Account, now: dt.datetime) -> None:
    """Say whose looks were stopped; once an hour, because the key has the hour in it."""
    if settings.AUDITOR_MAIL:
        put_letter(
            kind="many_opened",
            to=settings.AUDITOR_MAIL,
            account_id=None,
            language=LANGUAGE,
            values={"person": by, "at": now},
            key=f"many-opened:{by.pk}:{now:%Y-%m-%d-%H}",
            now=now,
        )
