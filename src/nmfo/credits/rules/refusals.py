"""What is refused about credits, each with its sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import Refused


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
    message = _(
        "The organiser has annulled this code: %(reason)s. If you took part in the event, ask the organiser for a new "
        "one."
    )
    field = "code"


class CodeOfAnother(Refused):
    message = _("This code was issued to another person.")
    field = "code"


class SpecialtyDoesNotFit(Refused):
    message = _("This event does not count for your specialty “%(specialty)s”.")
    field = "code"


class LevelDoesNotFit(Refused):
    """The event is for secondary education only."""

    message = _(
        "This event is for people with secondary education, and your profile says higher. If you work with secondary "
        "education as well, add it in the profile and enter the code again."
    )
    field = "code"


class HigherLevelNeeded(LevelDoesNotFit):
    """The event is for higher education only."""

    message = _(
        "This event is for people with higher education, and your profile says secondary. If you work with higher "
        "education as well, add it in the profile and enter the code again."
    )


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


class EventNotHeld(Refused):
    """It was withdrawn before it was over: nobody was there."""

    message = _("The event was withdrawn on %(day)s, before it was over: it gives no codes.")


class CountOutOfRange(Refused):
    message = _("A batch has from 1 to %(most)d codes.")
    field = "count"


class TermOutOfRange(Refused):
    message = _("The last day lies between today and %(until)s.")
    field = "valid_until_on"


class NoteMissing(Refused):
    message = _("So many codes are issued by two people: say for the second one why so many are needed.")
    field = "note"


class NoteForOperatorMissing(NoteMissing):
    message = _("There are more codes than confirmed people, so an operator decides: say why so many are needed.")


class OwnBatch(Refused):
    message = _("You issued this batch yourself. Ask a colleague to issue a code to you by name.")
    field = "code"


class StaffCode(Refused):
    message = _(
        "This code was issued to nobody by name, by an organisation whose codes you may see or could see. Ask your "
        "colleagues there to issue a code to you by name."
    )
    field = "code"


class BatchNotWaiting(Refused):
    message = _("This batch has been decided already.")


class SecondPersonNeeded(Refused):
    message = _("You cannot decide on what you proposed yourself.")


class OwnCredit(Refused):
    message = _("This is about your own credits. Another operator decides.")


class OwnOrganisation(Refused):
    message = _("This is a matter of an organisation that you work or worked for. Another operator decides.")


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


class DayTooLongAgo(Refused):
    message = _("Check the year: the day is before %(since)s.")
    field = "earned_on"


class TitleMissing(Refused):
    message = _("Name the programme, event or module.")
    field = "title"


class ClaimOpen(Refused):
    message = _("You have asked about this already: request %(number)s is being looked at.")
    field = "text"


class AskedAlike(Refused):
    """A request like it is open, and the person has not said that this one is about something else."""

    message = _("You have asked about something like this: request %(number)s is being looked at. Is this another one?")


class NothingToDefend(Refused):
    """The proposal to take the entry back was decided or withdrawn while the person wrote."""

    message = _("Nobody proposes to take this entry back any more. See on its page what was decided.")
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
    message = _("Entries came since the request. Say which of them settles it.")
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
