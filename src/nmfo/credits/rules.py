"""The law of credits (ЗЕТ): what may be posted, awaited, issued as a code, reversed and disputed. Pure.

Unit: 1 credit = 1 academic hour of 45 minutes (domain.md 3.2); whole numbers only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.errors import Refused
from nmfo.catalogue.rules import Kind

RESULT_DAYS = 30  # so long an organisation has to enter a result (domain.md, crediting takes up to 30 days)
CODE_DAYS = 30  # a code is good for so long unless its issuer says otherwise, ux.md 9.7
MOST_CODE_DAYS = 366
MOST_CODES = 5000  # in one batch
ALONE_UPTO = 100  # a batch above this takes a second person (Z4)
CODE_TRIES = 10  # wrong ones in CODE_WINDOW_S; then a pause (Z7, ux.md S-16)
CODE_TRIES_OF_A_NETWORK = 100
CODE_WINDOW_S = 3600
CODE_PAUSE_S = 900
PHOTO_TRIES = 30  # photos of codes in CODE_WINDOW_S: each costs seconds of a processor; then a pause
DISPUTE_DAYS = 10  # so soon an operator answers
SHORTEST_REASON = 10
LONGEST_REASON = 500
LONGEST_TEXT = 2000
MOST_OPEN_CLAIMS = 20
MOST_BY_HAND = 500  # ЗЕТ: the longest programme has 500 hours


class Source(models.TextChoices):
    """What an entry was earned by. With `origin` it is the key that makes a credit once."""

    COMPLETION = "completion", _("Completed programme")
    CODE = "code", _("Confirmation code")
    PRESENCE = "presence", _("Presence confirmed by the organiser")
    MODULE = "module", _("Module, final test")
    LEGACY = "legacy", _("Taken over from sovetnmo.ru")
    MANUAL = "manual", _("Entered by the operator")
    REVERSAL = "reversal", _("Correction of a mistaken entry")


# An event or a module counts once, until that is taken back; by hand too, where the entry names one.
ONCE_FOR_AN_ITEM = frozenset({Source.CODE, Source.PRESENCE, Source.MODULE, Source.MANUAL})


class Part(models.TextChoices):
    """The four parts in which people see their sum (domain.md, the real portal's split)."""

    PROGRAMME = "programme", _("Programmes")
    EVENT = "event", _("Events")
    MODULE = "module", _("Modules")
    OTHER = "other", pgettext_lazy("part of credits", "Other")


PART_OF: dict[str, Part] = {Kind.PROGRAMME: Part.PROGRAMME, Kind.EVENT: Part.EVENT, Kind.MODULE: Part.MODULE}


class Holder(models.TextChoices):
    """Who has to act before an awaited credit comes."""

    ORGANISATION = "organisation", _("The organisation")
    SPECIALIST = "specialist", _("You")
    PORTAL = "portal", _("The portal")


class Awaited(models.TextChoices):
    """What became of an awaited credit."""

    AWAITED = "awaited", _("On its way")
    ARRIVED = "arrived", _("Credited")
    REFUSED = "refused", _("Not credited")
    WITHDRAWN = "withdrawn", _("No longer awaited")


class BatchState(models.TextChoices):
    """Way of a batch of codes."""

    WAITING = "waiting", pgettext_lazy("codes", "Waits for a second person")
    ISSUED = "issued", pgettext_lazy("codes", "Issued")
    REFUSED = "refused", pgettext_lazy("codes", "Refused")


class CodeState(models.TextChoices):
    """State of a confirmation code; that it has expired follows from its batch's last day."""

    ISSUED = "issued", pgettext_lazy("code", "Issued")
    ACTIVATED = "activated", pgettext_lazy("code", "Activated")
    ANNULLED = "annulled", pgettext_lazy("code", "Annulled")


class ProposalKind(models.TextChoices):
    """What two people decide about somebody's credits."""

    REVERSAL = "reversal", _("Correct an entry")
    CREDIT = "credit", _("Enter a credit by hand")


class ProposalState(models.TextChoices):
    """Way of a proposal."""

    OPEN = "open", pgettext_lazy("correction", "Waits for a second person")
    APPROVED = "approved", pgettext_lazy("correction", "Approved")
    DECLINED = "declined", pgettext_lazy("correction", "Declined")


class About(models.TextChoices):
    """What a person's request is about."""

    ENTRY = "entry", _("An entry is wrong")
    EXPECTATION = "expectation", _("It should have been credited")
    MISSING = "missing", _("A credit is not in the list")


class ClaimState(models.TextChoices):
    """Way of a request about credits."""

    OPEN = "open", pgettext_lazy("request", "Being looked at")
    GRANTED = "granted", pgettext_lazy("request", "Settled in your favour")
    REFUSED = "refused", pgettext_lazy("request", "Refused")


class OriginUsed(Refused):
    """The evidence has been posted before: whoever retries has what they wanted."""

    message = _("This has been credited already.")


class CountedAlready(Refused):
    """`day` and `how` say when and by what; `entry` is its number."""

    message = _("This event or module was credited to you on %(day)s (%(how)s). It counts once.")
    field = "code"


class EnteredByHand(Refused):
    """An operator has entered the credits of this application to settle a request of its person."""

    message = _(
        "An operator entered these credits by hand on %(day)s, number %(entry)s, to settle a request of the listener. "
        "A second entry would count twice: ask the operator to take that one back, then enter the result."
    )


class FormUsed(Refused):
    """The form has its answer already; what it says now is something else (L3)."""

    message = _("You have sent this form already, with other words. Open it anew to send another.")
    field = "text"


class NotWorthAnything(Refused):
    message = _("Only a published programme, event or module gives credits.")


class AllowanceSpent(Refused):
    message = _("Credits were given for all %(people)d confirmed people. Add people first, then issue more.")


class CodeUnknown(Refused):
    message = _(
        "No such confirmation code was issued. Check letters O and digits 0. A code looks like NMO-4K7Q-9TGH-3XMAW; "
        "one of the former portal is entered as it was written there."
    )
    field = "code"


class NotACode(CodeUnknown):
    """A sentence, an address, whatever nobody would take for a code."""

    message = _(
        "This does not look like a confirmation code. A code looks like NMO-4K7Q-9TGH-3XMAW; one of the former portal "
        "is entered as it was written there."
    )


class CodeMistyped(Refused):
    message = _(
        "There is a typing error in the code: one of its symbols is wrong. Compare all of them with the letter or the "
        "sheet."
    )
    field = "code"


class CodeUnfinished(CodeMistyped):
    """`have` symbols stand after NMO, where a code has `need`."""

    message = _(
        "This is not a whole code: after NMO it has %(have)d symbols, and a code has %(need)d, like "
        "NMO-4K7Q-9TGH-3XMAW. Copy it anew."
    )


class CodeSpentByYou(Refused):
    """`entry` is the number of the entry that it made."""

    message = _("You redeemed this code on %(date)s.")
    field = "code"


class CodeTakenBack(Refused):
    """The code was used, and what it gave stands no longer: it is no second evidence (L7)."""

    message = _(
        "You redeemed this code on %(date)s; on %(taken)s its credits were taken back by correction No. %(number)s: "
        "%(reason)s. A used code gives nothing again: ask the organiser for a new one."
    )
    field = "code"


class CodeSpentByAnother(Refused):
    message = _("This code was redeemed by another person.")
    field = "code"


class CodeExpired(Refused):
    message = _("This code was valid until %(date)s. Ask the organiser for a new one.")
    field = "code"


class CodeAnnulled(Refused):
    message = _("The organiser has annulled this code: %(reason)s")
    field = "code"


class CodeOfAnother(Refused):
    message = _("This code was issued to another person.")
    field = "code"


class SpecialtyDoesNotFit(Refused):
    message = _("This event does not count for your specialty “%(specialty)s”.")
    field = "code"


class LevelDoesNotFit(Refused):
    message = _("This event is for people with another level of education.")
    field = "code"


class TooManyCodes(Refused):
    message = _("Too many codes in a row. Try again at %(time)s.")
    field = "code"


class TooManyPhotos(Refused):
    message = _("Too many photos in a row. Try again at %(time)s, or type the code.")
    field = "photo"


class PhotoReaderBusy(Refused):
    message = _("Many photos are being read just now. Try again in a minute, or type the code.")
    field = "photo"


class PhotoReaderBroken(Refused):
    message = _("The photo could not be read just now. Type the code.")
    field = "photo"


class PhotoUnfit(Refused):
    message = _("This is no picture. Take a photo of the QR code.")
    field = "photo"


class PhotoTooLarge(Refused):
    message = _("The photo has too many pixels. Take it anew with fewer.")
    field = "photo"


class PhotoTooHard(Refused):
    message = _("The photo takes too long to read. Take it anew with nothing but the code in it, or type the code.")
    field = "photo"


class PhotoWithoutCode(Refused):
    message = _("No QR code was found. Hold the phone nearer and try again, or type the code.")
    field = "photo"


class CodeBeforeTheEvent(Refused):
    message = _("The event is not over yet. Codes can be issued when it has ended.")


class CountOutOfRange(Refused):
    message = _("A batch has from 1 to %(most)d codes.")
    field = "count"


class TermOutOfRange(Refused):
    message = _("The last day lies between today and %(until)s.")
    field = "valid_until_on"


class NoteMissing(Refused):
    message = _("So many codes wait for a second person. Say for them why so many are needed.")
    field = "note"


class OwnBatch(Refused):
    message = _("You issued this batch yourself. Ask a colleague to issue a code to you by name.")
    field = "code"


class StaffCode(Refused):
    message = _(
        "Your organisation issued this code to nobody by name, and you may see its codes. Ask a colleague to issue a "
        "code to you by name."
    )
    field = "code"


class BatchNotWaiting(Refused):
    message = _("This batch has been decided already.")


class SecondPersonNeeded(Refused):
    message = _("You cannot decide on what you proposed yourself.")


class OwnCredit(Refused):
    message = _("This is about your own credits. Another operator decides.")


class ReasonMissing(Refused):
    message = _("Say why, in a sentence: the person concerned will read it.")
    field = "reason"


class ReasonTooLong(Refused):
    message = _("The reason is longer than %(most)d characters.")
    field = "reason"


class ReversalOfAReversal(Refused):
    message = _("This is a correction. It cannot be corrected; a new credit needs new evidence.")


class ReversedAlready(Refused):
    message = _("This entry has been corrected already.")


class ReversalProposed(Refused):
    message = _("A correction of this entry has been proposed and waits for its decision.")


class ProposalDecided(Refused):
    message = _("This proposal has been decided already.")


class ProposalOfAnother(Refused):
    message = _("Only who proposed a correction withdraws it.")


class EntryUnknown(Refused):
    message = _("There is no such entry.")


class ArrivedAlready(Refused):
    """What a request says was due has come by its own way: a credit by hand would be the second of one event."""

    message = _("What this request is about is on the account already. Answer the request with that.")


class WorthOutOfRange(Refused):
    message = _("An entry by hand is worth from 1 to %(most)d credits.")
    field = "worth"


class WorthIsKnown(Refused):
    """What stands in the catalogue is worth what its version says, by whatever way it comes (Z2)."""

    message = _("By the catalogue it is worth %(worth)d: that is entered, and no other number.")
    field = "worth"


class PartIsKnown(Refused):
    """A request about an event is not settled by credits of another kind: once for an event would not hold."""

    message = _("The request is about another part: %(part)s.")
    field = "part"


class SubjectUnknown(Refused):
    message = _("There is no such card with credits in the catalogue. Check the number.")
    field = "card"


class SubjectIsAwaited(Refused):
    """Named by its card it would not settle what is awaited, and the result would come as a second credit."""

    message = _("The person awaits the credits of this very card: choose that in the list.")
    field = "stands_for"


class EntryStands(Refused):
    message = _("Entry %(number)d, which the request is about, stands. Propose to take it back first.")


class DayInTheFuture(Refused):
    message = _("This day has not come yet.")
    field = "earned_on"


class TitleMissing(Refused):
    message = _("Name the programme, event or module.")
    field = "title"


class ClaimOpen(Refused):
    message = _("You have asked about this already: request %(number)s is being looked at.")
    field = "text"


class ClaimsTooMany(Refused):
    message = _("You have %(most)d requests that are being looked at. Wait for an answer first.")


class ClaimDecided(Refused):
    message = _("This request has been decided already.")


class CorrectionWaits(Refused):
    message = _("A correction is proposed for this request. Decide on it first, or have it withdrawn.")


class NothingDone(Refused):
    """An answer in favour of a person for whom nothing was done."""

    message = _(
        "Nothing was changed for this request: no credit has come and no entry was corrected. Propose a correction, or "
        "answer that nothing is to be changed."
    )
    field = "answer"


class EntryNotNamed(Refused):
    message = _("Several entries came since the request. Say which of them settles it.")
    field = "entry"


class TextMissing(Refused):
    message = _("Say what is wrong, in a sentence or two.")
    field = "text"


class TextTooShort(Refused):
    message = _("The text is too short to look into it: %(least)d characters at least. Say what is wrong.")
    field = "text"


class TextTooLong(Refused):
    message = _("The text is longer than %(most)d characters: there are %(have)d. Shorten it.")
    field = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """What is known of a code when somebody types it."""

    state: str
    activated_by_id: int | None
    activated_on: dt.date | None
    specialist_id: int | None  # bound to this person; None: to whoever brings it
    valid_until_on: dt.date
    annulled_reason: str


def check_redeemable(code: CodeFacts, *, specialist_id: int, today: dt.date, day: str, until: str) -> None:
    """Refuse a code that is spent, annulled, of another person, or past its last valid day (inclusive).

    `day` and `until` are the day of its use and its last day as the reader's language writes them. What cannot be
    mended by waiting or asking comes first.
    """
    if code.state == CodeState.ACTIVATED:
        if code.activated_by_id == specialist_id:
            raise CodeSpentByYou(date=day)
        raise CodeSpentByAnother
    if code.specialist_id not in {None, specialist_id}:
        raise CodeOfAnother
    if code.state == CodeState.ANNULLED:
        raise CodeAnnulled(reason=code.annulled_reason)
    if today > code.valid_until_on:
        raise CodeExpired(date=until)


def check_fits(
    *,
    levels: Collection[str],
    own_levels: Collection[str],
    specialties: Collection[int],
    own: Collection[int],
    name: str,
) -> None:
    """Refuse an item that counts for none of a person's levels and specialties (product.md, Confirmation code).

    `specialties` and `own` are compared as they are: the caller has put the names of older and newer orders together.
    Who has no document with a specialty yet cannot be judged and is let through; `name` is their specialty to name.
    """
    if levels and own_levels and not set(levels) & set(own_levels):
        raise LevelDoesNotFit
    if specialties and own and not set(specialties) & set(own):
        raise SpecialtyDoesNotFit(specialty=name)


def check_reason(reason: str) -> str:
    """The reason without spaces around; refuse one that says nothing or too much."""
    words = reason.strip()
    if len(words) < SHORTEST_REASON:
        raise ReasonMissing
    if len(words) > LONGEST_REASON:
        raise ReasonTooLong(most=LONGEST_REASON)
    return words


def check_batch(*, count: int, valid_until_on: dt.date, today: dt.date, until: str) -> None:
    """Refuse a batch of no or too many codes, or with a last day in the past or more than a year ahead."""
    if not 1 <= count <= MOST_CODES:
        raise CountOutOfRange(most=MOST_CODES)
    if not today <= valid_until_on <= last_code_day(today):
        raise TermOutOfRange(until=until)


def last_code_day(today: dt.date) -> dt.date:
    """The latest last day that a batch issued today may have."""
    return today + dt.timedelta(days=MOST_CODE_DAYS)


def takes_a_second_person(count: int) -> bool:
    """Whether a batch is so large that one person does not issue it alone (Z4)."""
    return count > ALONE_UPTO


SIGNAL_DAYS = 7  # so far back operators look
NETWORK_PEOPLE = 20  # from one network in a day
DEVICE_PEOPLE = 3  # with one browser at one address in a day
NIGHT_CODES = 5  # of one person in a night
NIGHT_ENDS = 5  # o'clock; it begins at midnight


class SignalKind(models.TextChoices):
    """What is unusual about activations of codes; none of it is a proof (Z8)."""

    NETWORK = "network", _("Many people from one network")
    DEVICE = "device", _("Several people on one device")
    NIGHT = "night", _("Many codes in one night")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """An activation of a code, at a moment of the portal's zone. `device`: address and browser."""

    account_id: int
    at: dt.datetime
    network: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something that an operator may want to look at. `where`: the network or address, empty at night."""

    kind: SignalKind
    on: dt.date
    where: str
    people: tuple[int, ...]
    codes: int


def signals_in(uses: Collection[Use]) -> list[Signal]:
    """What is unusual, the latest day first. Each kind stands by itself: one activation may be in several."""
    found: list[Signal] = []
    for kind, least in ((SignalKind.NETWORK, NETWORK_PEOPLE), (SignalKind.DEVICE, DEVICE_PEOPLE)):
        groups: dict[tuple[dt.date, str], list[Use]] = {}
        for use in uses:
            groups.setdefault((use.at.date(), use.network if kind == SignalKind.NETWORK else use.device), []).append(
                use
            )
        for (on, where), group in groups.items():
            people = tuple(sorted({use.account_id for use in group}))
            if len(people) >= least:
                found.append(Signal(kind=kind, on=on, where=where, people=people, codes=len(group)))
    nights: dict[tuple[dt.date, int], int] = {}
    for use in uses:
        if use.at.hour < NIGHT_ENDS:
            nights[use.at.date(), use.account_id] = nights.get((use.at.date(), use.account_id), 0) + 1
    found += [
        Signal(kind=SignalKind.NIGHT, on=on, where="", people=(who,), codes=codes)
        for (on, who), codes in nights.items()
        if codes >= NIGHT_CODES
    ]
    return sorted(found, key=lambda one: (-one.on.toordinal(), one.kind, one.where, one.people))
