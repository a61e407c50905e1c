"""The calendar of a plan behind a secret address: opened, given a new address, closed by its owner."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import struct

from django.db import transaction

from foundation.audit.operations import record
from foundation.runtime.facts import RequestFacts
from foundation.runtime.keys import keys
from nmfo.accounts.rules import State
from nmfo.cycles.models import PlanFeed
from nmfo.specialists.models import Specialist

_MAC_BYTES = 20
_PLAIN = ">QQ"


@transaction.atomic
def open_feed(*, specialist: Specialist, facts: RequestFacts, now: dt.datetime) -> PlanFeed:
    """Make the calendar's address, or a new one: the former works no more. Two at once wait for each other."""
    Specialist.objects.select_for_update(of=("self",), no_key=True).get(pk=specialist.pk)
    feed = PlanFeed.objects.filter(specialist=specialist).first()
    if feed is None:
        feed = PlanFeed.objects.create(specialist=specialist, made_at=now)
    else:
        feed.number, feed.made_at, feed.closed_at = feed.number + 1, now, None
        feed.save(update_fields=["number", "made_at", "closed_at"])
    _record(feed, "plan_feed.opened", facts)
    return feed


@transaction.atomic
def close_feed(*, specialist: Specialist, facts: RequestFacts, now: dt.datetime) -> bool:
    """Let the address work no more. False: there was none."""
    rows = PlanFeed.objects.select_for_update(of=("self",), no_key=True)
    feed = rows.filter(specialist=specialist, closed_at=None).first()
    if feed is None:
        return False
    feed.closed_at = now
    feed.save(update_fields=["closed_at"])
    _record(feed, "plan_feed.closed", facts)
    return True


def key_of(feed: PlanFeed) -> str:
    """The secret of an address: 48 signs that nobody can make up."""
    plain = struct.pack(_PLAIN, feed.specialist_id, feed.number)
    return base64.urlsafe_b64encode(plain + _mac(plain)).decode()


def owner_of(key: str) -> Specialist | None:
    """Whose calendar an address opens; nothing for a made-up, a former or a closed one, and for a closed account."""
    try:
        raw = base64.urlsafe_b64decode(key.encode("ascii"))
    except ValueError:
        return None
    plain, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(plain) != struct.calcsize(_PLAIN) or not hmac.compare_digest(mac, _mac(plain)):
        return None
    specialist, number = struct.unpack(_PLAIN, plain)
    rows = PlanFeed.objects.filter(specialist=specialist, number=number, closed_at=None)
    feed = rows.filter(specialist__account__state=State.ACTIVE).select_related("specialist").first()
    return feed.specialist if feed is not None else None


def _mac(plain: bytes) -> bytes:
    return hmac.new(keys().derive, b"plan feed:" + plain, hashlib.sha256).digest()[:_MAC_BYTES]


def _record(feed: PlanFeed, action: str, facts: RequestFacts) -> None:
    record(
        actor_id=feed.specialist.account_id,
        action=action,
        subject="plan_feed",
        subject_id=feed.pk,
        facts=facts,
        after={"number": feed.number},
    )
