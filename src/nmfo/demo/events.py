"""The demo's events that are over: people signed up, were there or not, attendance was closed, credits went their way.

Everything is done by the portal's own operations, only dated back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils import timezone

from nmfo.catalogue.models import Version
from nmfo.catalogue.rules.words import Presence
from nmfo.credits.deriving import code_text
from nmfo.credits.models import ConfirmationCode
from nmfo.credits.operations.issuing import hand_out_codes
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.demo.groups import clerk_of, version_of
from nmfo.demo.people import demo_facts
from nmfo.organisations.models import Member
from nmfo.participation.badges import token_of
from nmfo.participation.models import Registration
from nmfo.participation.operations.closing import close_attendance, settle_event
from nmfo.participation.operations.coding import send_codes
from nmfo.participation.operations.confirming import add_window, confirm_being_here
from nmfo.participation.operations.noting import Scan, note_scans
from nmfo.participation.operations.signing_up import sign_up
from nmfo.participation.queries import span_of
from nmfo.participation.rules import Award, Sign, Span
from nmfo.specialists.models import Specialist

_SIGNED_UP = dt.timedelta(days=12)  # before the beginning
_CLOSED = dt.timedelta(hours=1)  # after the end
_SENT = dt.timedelta(hours=2)
_TERM = dt.timedelta(days=30)
_WINDOW_MIN = 10
_WINDOWS = (20, 50, 80, 110)  # minutes from the beginning
_WHOLE, _HALF = 1.0, 0.5
_DEVICE = "demo-door"


def hold_events(doctor: Specialist, others: Sequence[Specialist], now: dt.datetime) -> None:
    """Three events the doctor signed up for: one credited at once, one by a code, one whose presence she missed.

    Of the `others` most were there as well; who came for half of the time, or not at all, is not confirmed.
    """
    came = [(doctor, _WHOLE), *zip(others, (_WHOLE, _WHOLE, _WHOLE, _HALF, 0.0), strict=False)]
    _hold("elderly-conference", came, Award.CREDITS)
    _hold("polypharmacy-webinar", [(doctor, _HALF), *((one, _WHOLE) for one in others[:2])], Award.CREDITS)
    _hold("anaemia-webinar", came, Award.CODES)
    _codes("anaemia-webinar", others[:2], now)


def _hold(key: str, people: Sequence[tuple[Specialist, float]], award: Award) -> None:
    """An event from the first seat to the settled list. Beside each person the share of the time they were there."""
    version = version_of(key)
    by, span = clerk_of(version), span_of(version)
    rows = [
        (_signed_up(person, version, span.begins_at - _SIGNED_UP + dt.timedelta(hours=number)), share)
        for number, (person, share) in enumerate(people)
    ]
    if version.presence == Presence.WINDOWS:
        _answers(version, rows, by)
    else:
        _scans(version, rows, by)
    at = span.ends_at + _CLOSED
    close_attendance(item_id=version.item_id, award=award, by=by, facts=demo_facts(at), now=at)
    settle_event(version.item_id, now=at)


def _signed_up(person: Specialist, version: Version, at: dt.datetime) -> Registration:
    return sign_up(specialist=person, item_id=version.item_id, facts=demo_facts(at), now=at)


def _answers(version: Version, rows: Iterable[tuple[Registration, float]], by: Member) -> None:
    """«Я здесь» in the first windows of each one's share."""
    begins_at = span_of(version).begins_at
    before = begins_at - dt.timedelta(days=1)
    for minutes in _WINDOWS:
        opens_at = begins_at + dt.timedelta(minutes=minutes)
        facts = demo_facts(before)
        add_window(item_id=version.item_id, opens_at=opens_at, minutes=_WINDOW_MIN, by=by, facts=facts, now=before)
    for row, share in rows:
        for minutes in _WINDOWS[: int(len(_WINDOWS) * share)]:
            at = begins_at + dt.timedelta(minutes=minutes + 2)
            confirm_being_here(
                specialist=row.specialist, registration_id=row.pk, window_id=None, facts=demo_facts(at), now=at
            )


def _scans(version: Version, rows: Sequence[tuple[Registration, float]], by: Member) -> None:
    """Badges at the door, as a phone without a link kept them: all are sent after the end."""
    span = span_of(version)
    at = span.ends_at + dt.timedelta(minutes=15)
    there = [(row, share) for row, share in rows if share]
    scans = [
        scan
        for row, share in there
        for scan in (
            Scan(text=token_of(row), sign=Sign.CAME, at=_ms(span.begins_at)),
            Scan(text=token_of(row), sign=Sign.LEFT, at=_ms(span.begins_at + share * _length(span))),
        )
    ]
    note_scans(
        item_id=version.item_id,
        device=_DEVICE,
        number=1,
        scans=scans,
        clock=_ms(at),
        by=by,
        facts=demo_facts(at),
        now=at,
    )


def _length(span: Span) -> dt.timedelta:
    return span.ends_at - span.begins_at


def _ms(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def _codes(key: str, redeemed_by: Sequence[Specialist], now: dt.datetime) -> None:
    """A code to everybody who was there. Some have entered theirs; the doctor's waits."""
    version = version_of(key)
    at = span_of(version).ends_at + _SENT
    batch = send_codes(
        item_id=version.item_id,
        valid_until_on=timezone.localdate(at) + _TERM,
        note="",
        form_key="demo-anaemia",
        by=clerk_of(version),
        facts=demo_facts(at),
        now=at,
    )
    hand_out_codes(batch.pk, at)
    codes = {code.specialist_id: code for code in ConfirmationCode.objects.filter(batch=batch)}
    for person in redeemed_by:
        text, entered_at = code_text(batch.pk, codes[person.pk].number), min(at + dt.timedelta(days=1), now)
        redeem_code(specialist=person, text=text, facts=demo_facts(entered_at), now=entered_at)
