"""Events and runs as iCalendar (RFC 5545). Moments keep the time zone they were announced in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from nmfo.catalogue.cards import CardFacts
from nmfo.catalogue.models import Run
from nmfo.catalogue.places import place_in_words
from nmfo.catalogue.rules.words import ItemState, Kind, RunState
from nmfo.cycles.plan_queries import Engagement
from nmfo.web.parts.addresses import absolute
from nmfo.web.parts.wording import in_zone
from nmfo.web.public.catalogue.rows import card_address


def of_event(card: CardFacts, url: str) -> bytes:
    """An event. A withdrawn one is cancelled: calendars that have it strike it out."""
    assert card.begins_at is not None  # noqa: S101 - published events have both, a constraint of the review
    assert card.ends_at is not None  # noqa: S101 - likewise
    entry = _entry(f"event-{card.item_id}", card.title, url, card.published_at)
    entry.add("dtstart", in_zone(card.begins_at, card.zone))
    entry.add("dtend", in_zone(card.ends_at, card.zone))
    place = place_in_words(card.region, card.place) if card.on_site else ""
    entry.add("location", place or card.link)
    entry.add("description", _about(card.organisation.short_name, card.credits, card.link, url))
    entry.add("status", "CANCELLED" if card.state == ItemState.WITHDRAWN else "CONFIRMED")
    return _calendar(entry)


def of_run(run: Run, url: str) -> bytes:
    """A run of a programme: its days, the last one inclusive."""
    entry = _entry(f"run-{run.pk}", run.version.title, url, run.created_at)
    entry.add("dtstart", run.begins_on)
    entry.add("dtend", run.ends_on + dt.timedelta(days=1))  # the first day that is free again, as the format wants
    entry.add("location", place_in_words(run.region.name if run.region else "", run.place))
    entry.add("description", _about(run.item.organisation.short_name, run.version.credits, "", url))
    entry.add("transp", "TRANSPARENT")
    entry.add("status", "CANCELLED" if run.state == RunState.CANCELLED else "CONFIRMED")
    return _calendar(entry)


def of_plan(engagements: Iterable[Engagement]) -> bytes:
    """What somebody has applied for, signed up to and plans for a day. Titles, dates and public cards, nobody's name.

    What is planned for a year of a cycle and has no date of its own would stand there on a day that nobody chose.
    """
    entries = []
    for one in engagements:
        version, url = one.version, absolute(card_address(one.kind, one.item))
        if version is None or (not one.is_dated and one.run is None and version.begins_at is None):
            continue
        entry = _entry(_uid_in_plan(one), one.title, url, version.published_at)
        if one.run is not None:
            entry.add("dtstart", one.run.begins_on)
            entry.add("dtend", one.run.ends_on + dt.timedelta(days=1))
            entry.add("transp", "TRANSPARENT")
        elif version.begins_at is not None and version.ends_at is not None:
            entry.add("dtstart", in_zone(version.begins_at, version.zone))
            entry.add("dtend", in_zone(version.ends_at, version.zone))
        elif one.day is not None:
            entry.add("dtstart", one.day)
            entry.add("dtend", one.day + dt.timedelta(days=1))
            entry.add("transp", "TRANSPARENT")
        entry.add("description", _about(version.item.organisation.short_name, version.credits, "", url))
        entry.add("status", "CONFIRMED" if one.is_sure else "TENTATIVE")
        entries.append(entry)
    return _calendar(*entries, name=_("Learning: my plan"))


def _uid_in_plan(one: Engagement) -> str:
    """That of the file of its card, so that a calendar with both shows it once."""
    if one.run is not None:
        return f"run-{one.run.pk}"
    return f"{'event' if one.kind == Kind.EVENT else 'plan'}-{one.item}"


def _entry(uid: str, title: str, url: str, stamped: dt.datetime | None) -> Event:
    entry = Event()
    entry.add("uid", f"{uid}@{urlsplit(url).hostname}")
    entry.add("dtstamp", (stamped or dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).astimezone(dt.UTC))
    entry.add("summary", title)
    entry.add("url", url)
    return entry


def _about(organisation: str, credits_worth: int | None, link: str, url: str) -> str:
    worth = _("%(n)d credits") % {"n": credits_worth or 0}
    return "\n".join(part for part in (f"{organisation}, {worth}", link, url) if part)


def _calendar(*entries: Event, name: str = "") -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//NMFO portal//RU")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
