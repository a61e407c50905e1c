"""Requests of people about their credits (S-15): a wrong entry, a refused one, one that is not in the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record, record_look
from foundation.files.models import StoredFile
from foundation.files.operations import SCANS, Upload, account_holder, clean_name, keep_file
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.catalogue.rules.reviewing import check_operator
from nmfo.credits.models import Claim, Expectation, LedgerEntry, Proposal
from nmfo.credits.operations.expecting import lock_people
from nmfo.credits.operations.own import check_no_member, matters_of
from nmfo.credits.operations.posting import check_not_own
from nmfo.credits.queries.claims import open_requests_like, proposals_about, what_settles
from nmfo.credits.rules.checking import check_has_been, check_reason
from nmfo.credits.rules.refusals import (
    AskedAlike,
    ClaimDecided,
    ClaimOpen,
    ClaimsTooMany,
    CorrectionWaits,
    EntryNotNamed,
    EntryUnknown,
    FormUsed,
    NothingDone,
    NothingToDefend,
    TextMissing,
    TextTooLong,
    TextTooShort,
    TitleMissing,
)
from nmfo.credits.rules.words import (
    DISPUTE_DAYS,
    LONGEST_TEXT,
    MOST_OPEN_CLAIMS,
    SHORTEST_REASON,
    About,
    Awaited,
    ClaimState,
    ProposalState,
)
from nmfo.specialists.models import Specialist

# What a form says beside its words: the same form again says the same (L3).
_SAID = ("about", "entry_id", "expectation_id", "part", "title", "held_on", "organisation_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCredit:
    """What a person says of a credit that is not in the list."""

    part: str
    title: str
    held_on: dt.date | None
    organisation_name: str


@transaction.atomic
def dispute_entry(
    *,
    specialist: Specialist,
    entry_id: int,
    text: str,
    form_key: str,
    facts: RequestFacts | None,
    now: dt.datetime,
    upload: Upload | None = None,
    defends: bool = False,
) -> Claim:
    """Say that an entry of one's own is wrong. `upload` is one document that proves it.

    `defends`: it is right, and should not be taken back as is proposed; the decision about that answers the request.

    Raises EntryUnknown, TextMissing, TextTooShort, TextTooLong, ClaimOpen, ClaimsTooMany, FileRefused,
    NothingToDefend.
    """
    entry = LedgerEntry.objects.filter(specialist=specialist, pk=entry_id).first()
    if entry is None:
        raise EntryUnknown
    if defends:
        _check_proposed(entry, form_key)
    claim = Claim(about=About.DEFENCE if defends else About.ENTRY, entry=entry, part=entry.part)
    return _open(claim, specialist, _Form(text=text, key=form_key, upload=upload), facts, now)


@transaction.atomic
def dispute_expectation(
    *,
    specialist: Specialist,
    expectation_id: int,
    text: str,
    form_key: str,
    facts: RequestFacts | None,
    now: dt.datetime,
    upload: Upload | None = None,
) -> Claim:
    """Say that a credit that was refused, or is long awaited, is due. Raises as `dispute_entry`."""
    rows = Expectation.objects.filter(specialist=specialist, pk=expectation_id)
    expectation = rows.exclude(state__in=[Awaited.ARRIVED, Awaited.WITHDRAWN]).first()
    if expectation is None:
        raise EntryUnknown
    claim = Claim(about=About.EXPECTATION, expectation=expectation, part=expectation.part)
    return _open(claim, specialist, _Form(text=text, key=form_key, upload=upload), facts, now)


@transaction.atomic
def report_missing(
    *,
    specialist: Specialist,
    missing: MissingCredit,
    text: str,
    form_key: str,
    facts: RequestFacts | None,
    now: dt.datetime,
    upload: Upload | None = None,
    beside: Collection[int] = (),
) -> Claim:
    """Say that a credit is not in the list.

    `beside`: the open requests like it that the person has seen: this one is about something else.

    Raises TitleMissing, DayInTheFuture, TextMissing, TextTooLong, ClaimsTooMany, AskedAlike, FileRefused.
    """
    if not missing.title.strip():
        raise TitleMissing
    check_has_been(missing.held_on, today=timezone.localdate(now))
    claim = Claim(
        about=About.MISSING,
        part=missing.part,
        title=missing.title.strip()[:300],
        held_on=missing.held_on,
        organisation_name=missing.organisation_name.strip()[:300],
    )
    return _open(claim, specialist, _Form(text=text, key=form_key, upload=upload, beside=beside), facts, now)


def _check_proposed(entry: LedgerEntry, form_key: str) -> None:
    """Refuse what would be said too late: who decides about the entry now waits, or has decided."""
    if Claim.objects.filter(specialist=entry.specialist_id, form_key=form_key).exists():
        return  # the same form again
    proposals = Proposal.objects.select_for_update(of=("self",), no_key=True)
    if proposals.filter(specialist=entry.specialist_id, entry=entry, state=ProposalState.OPEN).first() is None:
        raise NothingToDefend


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What every form of a request has."""

    text: str
    key: str
    upload: Upload | None
    beside: Collection[int] = ()  # requests that the person knows of

    def says_the_same_as(self, made: Claim) -> bool:
        """Whether a request was made by this form. A file is compared by its name: its bytes were encoded anew."""
        name = clean_name(self.upload.name or "") if self.upload is not None else ""
        return made.text == self.text.strip() and name == (made.file.name if made.file is not None else "")


def _open(claim: Claim, specialist: Specialist, form: _Form, facts: RequestFacts | None, now: dt.datetime) -> Claim:
    """Write the request under its number; the same form again gives the one it made, another FormUsed."""
    words = form.text.strip()
    if not words:
        raise TextMissing
    if len(words) < SHORTEST_REASON and claim.about != About.MISSING:  # «36 часов» helps to find what is missing
        raise TextTooShort(least=SHORTEST_REASON)
    if len(words) > LONGEST_TEXT:
        raise TextTooLong(most=LONGEST_TEXT, have=len(words))
    lock_people([specialist.pk])
    made = Claim.objects.filter(specialist=specialist, form_key=form.key).first()
    if made is not None:
        if not form.says_the_same_as(made) or any(getattr(made, name) != getattr(claim, name) for name in _SAID):
            raise FormUsed
        return made
    mine = Claim.objects.filter(specialist=specialist, state=ClaimState.OPEN)
    if mine.count() >= MOST_OPEN_CLAIMS:
        raise ClaimsTooMany(most=MOST_OPEN_CLAIMS)
    if claim.about == About.MISSING:
        _check_another(claim, specialist, form.beside)
    else:
        same = mine.filter(entry=claim.entry, expectation=claim.expectation).first()
        if same is not None:
            raise ClaimOpen(number=same.number)
    claim.specialist, claim.form_key, claim.text, claim.opened_at = specialist, form.key, words, now
    if form.upload is not None:
        claim.file = keep_file(
            holder=account_holder(specialist.account_id),
            owner_id=specialist.account_id,
            purpose="claim",
            upload=form.upload,
            kinds=SCANS,
            now=now,
        )
    claim.due_on = timezone.localdate(now) + dt.timedelta(days=DISPUTE_DAYS)
    claim.save(force_insert=True)
    _record(claim, "claim.opened", specialist.account_id, facts)
    _write(claim, "claim_opened", now)
    return claim


def _check_another(claim: Claim, specialist: Specialist, beside: Collection[int]) -> None:
    """Refuse a request like an open one that the person, who is locked, was not shown."""
    like = open_requests_like(specialist, title=claim.title, held_on=claim.held_on, part=claim.part)
    unseen = next((row for row in like if row.pk not in beside), None)
    if unseen is not None:
        raise AskedAlike(number=unseen.number)


def file_seen_by(*, claim: Claim, by: Account, facts: RequestFacts | None) -> StoredFile | None:
    """What a person enclosed with their request, for an operator; the look is written down."""
    if claim.file is None:
        return None
    record_look(
        actor_id=by.pk,
        subject="account",
        subject_id=claim.specialist.account_id,
        what="claim_file",
        facts=facts,
        reason=claim.number,
    )
    return claim.file


@transaction.atomic
def refuse_claim(*, claim_id: int, answer: str, by: Account, facts: RequestFacts | None, now: dt.datetime) -> Claim:
    """An operator answers that nothing is to be changed, and why.

    Raises NotOfOperators, EntryUnknown, ClaimDecided, CorrectionWaits, OwnCredit, OwnOrganisation,
    ReasonMissing, ReasonTooLong.
    """
    return _answer(claim_id, ClaimState.REFUSED, answer, by=by, facts=facts, now=now)


@transaction.atomic
def grant_claim(
    *,
    claim_id: int,
    answer: str,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
    entry_id: int | None = None,
) -> Claim:
    """An operator answers that the matter is settled: the credit has come by its own way, or the entry is corrected.

    One operator alone says so only of what was done: the trail names the entries. `entry_id`: which of them
    is the missing credit. Raises as `refuse_claim`, NothingDone, EntryNotNamed.
    """
    return _answer(claim_id, ClaimState.GRANTED, answer, by=by, facts=facts, now=now, entry_id=entry_id)


def settle_claim(
    *, claim: Claim, entry: LedgerEntry, answer: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> None:
    """The entry of a correction settles a request that `locked_claim` gave, in its transaction. Raises OwnCredit."""
    _decide(claim, ClaimState.GRANTED, answer, by=by, facts=facts, now=now, done=[entry])


def answer_defences(
    *, entry: LedgerEntry, stays: bool, answer: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> bool:
    """The decision about taking an entry back answers those who said that it is right, in its transaction.

    Returns whether anybody had. Raises OwnCredit.
    """
    rows = Claim.objects.select_for_update(of=("self",), no_key=True).filter(
        entry=entry, specialist=entry.specialist_id
    )
    found = list(rows.filter(about=About.DEFENCE, state=ClaimState.OPEN).order_by("pk"))
    for claim in found:
        _decide(claim, ClaimState.GRANTED if stays else ClaimState.REFUSED, answer, by=by, facts=facts, now=now)
    return bool(found)


def _answer(
    claim_id: int,
    state: str,
    answer: str,
    *,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
    entry_id: int | None = None,
) -> Claim:
    """Answer in words. What is proposed for the request is decided first, lest it pay after the answer."""
    check_operator(by.roles)
    words = check_reason(answer)
    claim = locked_claim(claim_id)
    check_no_member(matters=matters_of([claim.entry, claim.expectation]), by=by)
    if proposals_about(claim).filter(state=ProposalState.OPEN).exists():
        raise CorrectionWaits
    done = _done_for(claim, entry_id) if state == ClaimState.GRANTED else []
    check_no_member(matters=matters_of(done), by=by)  # of what was missing
    return _decide(claim, state, words, by=by, facts=facts, now=now, done=done)


def _done_for(claim: Claim, entry_id: int | None) -> list[LedgerEntry]:
    """The entries that an answer in favour rests on; of a missing credit the one that is named."""
    lock_people([claim.specialist_id])  # of two requests that are answered at once one entry settles one
    done = list(what_settles(claim))
    if not done:
        raise NothingDone
    if claim.about != About.MISSING:
        return done
    named = [row for row in done if row.pk == entry_id]
    if not named:
        raise EntryNotNamed
    return named


def locked_claim(claim_id: int) -> Claim:
    """The open request, locked: what is proposed for it waits. Raises EntryUnknown, ClaimDecided."""
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).filter(pk=claim_id).first()
    if claim is None:
        raise EntryUnknown
    if claim.state != ClaimState.OPEN:
        raise ClaimDecided
    return claim


def _decide(
    claim: Claim,
    state: str,
    answer: str,
    *,
    by: Account,
    facts: RequestFacts | None,
    now: dt.datetime,
    done: Sequence[LedgerEntry] = (),
) -> Claim:
    check_not_own(specialist_id=claim.specialist_id, by=by)
    claim.state, claim.answer, claim.decided_at, claim.decided_by = state, answer, now, by
    claim.save(update_fields=["state", "answer", "decided_at", "decided_by"])
    _record(claim, f"claim.{state}", by.pk, facts, answer, [row.pk for row in done])
    _write(claim, "claim_answered", now, done)
    return claim


def _write(claim: Claim, kind: str, now: dt.datetime, done: Sequence[LedgerEntry] = ()) -> None:
    account = Specialist.objects.select_related("account").get(pk=claim.specialist_id).account
    if account.state == State.ACTIVE and account.email:
        put_letter(
            kind=kind,
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "claim": claim, "done": done},
            key=f"{kind}:{claim.pk}",
            now=now,
        )


def _record(
    claim: Claim,
    action: str,
    actor_id: int,
    facts: RequestFacts | None,
    reason: str = "",
    done: Sequence[int] = (),
) -> None:
    about = {"about": claim.about, "entry": claim.entry_id, "expectation": claim.expectation_id}
    record(
        actor_id=actor_id,
        action=action,
        subject="credit_claim",
        subject_id=claim.pk,
        facts=facts,
        reason=reason,
        after={**about, "settled_by": list(done)} if done else about,
    )
