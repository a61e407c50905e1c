"""Events and people at them, valid and boring."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django.utils import timezone
from tests.builders import a_specialist, a_version, an_item, facts, published
from tests.item_builders import a_writer

from nmfo.catalogue.models import Version
from nmfo.organisations.models import Member, Organisation
from nmfo.participation.models import Registration
from nmfo.participation.operations import noting, signing_up
from nmfo.specialists.models import Specialist

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
ON_SITE: dict[str, Any] = {"on_site": True, "online": False, "link": "", "region_id": "77", "place": "ул. Примерная, 1"}


def an_event(organisation: Organisation | None = None, **values: Any) -> Version:
    """A published event in a hall in thirty days, with a list at the door; three hours, three credits."""
    item = an_item("event", organisation)
    given = {**ON_SITE, "presence": "list", "presence_percent": None, "event_kind": "seminar", **values}
    return published(a_version(item, **given))


def a_conference(organisation: Organisation | None = None, **values: Any) -> Version:
    """Two days in a hall by the badge, 9:00-17:00 in Moscow, 540 minutes of teaching; 432 of them are enough."""
    begins = dt.datetime.combine(timezone.localdate() + 30 * DAY, dt.time(9), tzinfo=zoneinfo.ZoneInfo("Europe/Moscow"))
    times = {"begins_at": begins, "ends_at": begins + DAY + 8 * HOUR, "minutes": 540, "credits": 12}
    return an_event(organisation, **{**times, "presence": "badge", "presence_percent": 80, **values})


def a_webinar(organisation: Organisation | None = None, **values: Any) -> Version:
    """A published webinar with confirmation windows, 80 % of them are enough."""
    return published(a_version(an_item("event", organisation), **values))


def begun(version: Version) -> dt.datetime:
    """A moment soon after the beginning."""
    assert version.begins_at is not None
    return version.begins_at + dt.timedelta(minutes=10)


def over(version: Version) -> dt.datetime:
    """A moment after the end."""
    assert version.ends_at is not None
    return version.ends_at + HOUR


def signed_up(version: Version, specialist: Specialist | None = None, **values: Any) -> Registration:
    """Somebody who signed up."""
    given = {"facts": facts(), "now": timezone.now(), **values}
    return signing_up.sign_up(specialist=specialist or a_specialist(), item_id=version.item_id, **given)


def waiting(version: Version, specialist: Specialist | None = None) -> Registration:
    """Somebody who stands in the line."""
    return signed_up(version, specialist, waiting=True)


def a_registrar(version: Version) -> Member:
    """Somebody of the organiser who may decide about people."""
    return a_writer("registrar", organisation=version.item.organisation)


def marked(registration: Registration, by: Member, **values: Any) -> Registration:
    """Noted in the list at the door."""
    given = {"facts": facts(), "now": begun(registration.version), **values}
    return noting.mark_present(item_id=registration.item_id, registration_id=registration.pk, by=by, **given)
