"""What a card says to search engines: schema.org as JSON-LD. A block of data, not a script: nothing runs it."""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from nmfo.catalogue.cards import CardFacts, CardRun
from nmfo.catalogue.places import place_in_words
from nmfo.catalogue.rules.words import ACADEMIC_HOUR_MINUTES, Kind

_SAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}  # no text can end the block


def data_of(card: CardFacts, url: str) -> SafeString:
    """The block for a card's page."""
    made = _event(card) if card.kind == Kind.EVENT else _course(card)
    whole = {
        "@context": "https://schema.org",
        "name": card.title,
        "description": card.annotation[:500],
        "url": url,
        **made,
    }
    text = json.dumps(whole, ensure_ascii=False).translate(_SAFE)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - every < and & is written as \\u


def _organisation(card: CardFacts) -> dict[str, Any]:
    return {"@type": "EducationalOrganization", "name": card.organisation.name}


def _course(card: CardFacts) -> dict[str, Any]:
    minutes = card.minutes or (card.hours or 0) * ACADEMIC_HOUR_MINUTES
    return {
        "@type": "Course",
        "provider": _organisation(card),
        "educationalLevel": ", ".join(card.levels),
        "numberOfCredits": card.credits,
        "timeRequired": f"PT{minutes}M",
        "inLanguage": "ru",
        "hasCourseInstance": [_instance(card, run) for run in card.runs if not run.is_cancelled],
        **_offers(card.price_rub),
    }


def _instance(card: CardFacts, run: CardRun) -> dict[str, Any]:
    place = place_in_words(run.region, run.place)
    return {
        "@type": "CourseInstance",
        "courseMode": "online" if card.distance else "onsite",
        "startDate": run.begins_on.isoformat(),
        "endDate": run.ends_on.isoformat(),
        **({"location": {"@type": "Place", "name": place, "address": place}} if place else {}),
        **_offers(run.price_rub),
    }


def _event(card: CardFacts) -> dict[str, Any]:
    modes = {(True, True): "Mixed", (False, True): "Online", (True, False): "Offline", (False, False): "Offline"}
    cancelled = card.withdrawn_at is not None
    return {
        "@type": "EducationEvent",
        "organizer": _organisation(card),
        "startDate": card.begins_at.isoformat() if card.begins_at else "",
        "endDate": card.ends_at.isoformat() if card.ends_at else "",
        "eventStatus": f"https://schema.org/{'EventCancelled' if cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"https://schema.org/{modes[(card.on_site, card.online)]}EventAttendanceMode",
        "location": [*_place(card), *([{"@type": "VirtualLocation", "url": card.link}] if card.link else [])],
        **_offers(card.price_rub),
    }


def _place(card: CardFacts) -> list[dict[str, Any]]:
    text = place_in_words(card.region, card.place)
    return [{"@type": "Place", "name": card.place or card.region, "address": text}] if card.on_site and text else []


def _offers(price_rub: int | None) -> dict[str, Any]:
    return {} if price_rub is None else {"offers": {"@type": "Offer", "price": price_rub, "priceCurrency": "RUB"}}
