"""What a version in the table says, as the rules take it."""

from __future__ import annotations

import zoneinfo

from nmfo.catalogue.models import Version
from nmfo.catalogue.rules import VersionFacts


def facts_of_version(version: Version) -> VersionFacts:
    """The facts of a row with its specialties."""
    rows = list(version.specialty_rows.select_related("specialty"))
    days = 1
    if version.begins_at and version.ends_at:
        zone = zoneinfo.ZoneInfo(version.zone)
        days = (version.ends_at.astimezone(zone).date() - version.begins_at.astimezone(zone).date()).days + 1
    return VersionFacts(
        kind=version.item.kind,
        title=version.title,
        annotation=version.annotation,
        aims=version.aims,
        levels=tuple(version.levels),
        main_specialties=tuple((row.specialty.name, row.specialty.level) for row in rows if row.is_main),
        other_specialties=tuple((row.specialty.name, row.specialty.level) for row in rows if not row.is_main),
        hours=version.hours,
        form=version.form,
        bases=tuple(version.bases),
        minutes=version.minutes,
        sponsor_minutes=version.sponsor_minutes,
        credits=version.credits,
        event_kind=version.event_kind,
        begins_at=version.begins_at,
        ends_at=version.ends_at,
        days=days,
        on_site=version.on_site,
        online=version.online,
        region=version.region_id or "",
        place=version.place,
        link=version.link,
        presence=version.presence,
    )
