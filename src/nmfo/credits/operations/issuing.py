"""Confirmation codes (ИКП): issued for as many people as were confirmed, decided by two, annulled, handed out.

A code is derived from its batch, its number and a key outside the database, so that it can be printed again and a
repeated letter says the same, while the tables know its hash only (Z7, M3).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.jobs.deferring import configure_job
from foundation.mail.operations import put_letter
from foundation.runtime.facts import RequestFacts
from foundation.ui.templatetags.ui import day
from nmfo.accounts.models import Account
from nmfo.accounts.rules import State
from nmfo.catalogue.models import Item, Version
from nmfo.catalogue.operations.steps import own_item
from nmfo.catalogue.rules.refusals import ItemUnknown
from nmfo.catalogue.rules.reviewing import check_operator
from nmfo.catalogue.rules.words import Kind
from nmfo.credits.codes import shown
from nmfo.credits.deriving import code_text, digest_of
from nmfo.credits.models import Allowance, CodeBatch, ConfirmationCode, Expectation
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.operations.own import check_no_member, matter_since
from nmfo.credits.operations.posting import check_none_own, locked_allowance, release, reserve, set_people
from nmfo.credits.queries.codes import issued_alone
from nmfo.credits.rules.checking import check_batch, check_reason, last_code_day, takes_a_second_person
from nmfo.credits.rules.refusals import (
    AllowanceSpent,
    BatchNotWaiting,
    CodeBeforeTheEvent,
    EntryUnknown,
    EventNotHeld,
    FormUsed,
    NoteForOperatorMissing,
    NoteMissing,
    SecondPersonNeeded,
)
from nmfo.credits.rules.words import LONGEST_REASON, Awaited, BatchState, CodeState, Holder, Source
from nmfo.organisations.models import Member
from nmfo.organisations.rules import Right, check_may

HAND_OUT = "credits.hand_out_codes"
_CHUNK = 500


def offering_of(item_id: int) -> str:
    """The key of an event's allowance."""
    return f"event:{item_id}"


def day_of_event(version: Version) -> dt.date:
    """The day an event's credits count from: its last day where it is held. Raises ItemUnknown for what has no end."""
    if version.ends_at is None:
        raise ItemUnknown
    return timezone.localtime(version.ends_at, zoneinfo.ZoneInfo(version.zone or "Europe/Moscow")).date()


@transaction.atomic
def issue_codes(
    *,
    item_id: int,
    count: int,
    people: Sequence[int] = (),
    valid_until_on: dt.date,
    note: str,
    form_key: str,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> CodeBatch:
    """Issue a batch of codes for an event that is over; the same form again gives the batch it made.

    `people`: ids of specialists, one code bound to each (then `count` is their number); empty: for whoever brings it.
    More codes than confirmed people wait for an operator, more than a hundred of an event, in one batch or several,
    for a second person (Z3, Z4); where people get their credits by СНИЛС, all codes for whoever brings them wait.
    Two that issue at once wait for each other at the item and at the allowance.

    Raises NotAllowed, ItemUnknown, FormUsed, CodeBeforeTheEvent, EventNotHeld, CountOutOfRange, TermOutOfRange,
    OwnCredit, NoteMissing.
    """
    check_may(by.roles, Right.LISTENERS)
    version = _version(own_item(by, item_id))  # locked: the same form sent twice waits here
    bound = list(dict.fromkeys(people))
    count, words = len(bound) or count, note.strip()[:LONGEST_REASON]
    made = CodeBatch.objects.filter(organisation_id=by.organisation_id, form_key=form_key).first()
    if made is not None:
        said = {"item_id": item_id, "count": count, "people": bound, "valid_until_on": valid_until_on, "note": words}
        return check_same_form(made, **said)
    if version.ends_at is None or version.ends_at > now:
        raise CodeBeforeTheEvent
    withdrawn_at = version.item.withdrawn_at
    if withdrawn_at is not None and withdrawn_at < version.ends_at:
        raise EventNotHeld(day=day(withdrawn_at))
    today = timezone.localdate(now)
    check_batch(count=count, valid_until_on=valid_until_on, today=today, until=day(last_code_day(today)))
    if bound:
        check_none_own(specialist_ids=bound, by=by.account)
    over = _is_over(item_id, count, bound=bool(bound))
    waits = over or takes_a_second_person(count, alone=issued_alone(item_id))
    if waits and not words:
        raise NoteForOperatorMissing if over else NoteMissing
    batch = CodeBatch(
        organisation_id=by.organisation_id,
        item_id=item_id,
        version=version,
        count=count,
        bound=bool(bound),
        people=bound,
        earned_on=day_of_event(version),
        valid_until_on=valid_until_on,
        state=BatchState.WAITING if waits else BatchState.ISSUED,
        over_allowance=over,
        note=words,
        form_key=form_key,
        created_at=now,
        created_by_id=by.account_id,
    )
    batch.save(force_insert=True)
    if not waits:
        _make(batch)
    _record(batch, "codes.issued" if not waits else "codes.proposed", by.account_id, facts, count=count, over=over)
    return batch


def check_same_form(made: CodeBatch, **said: object) -> CodeBatch:
    """The batch that a form has made, for the same form again; one that says something else meanwhile is FormUsed."""
    if any(getattr(made, name) != value for name, value in said.items()):
        raise FormUsed
    return made


def _is_over(item_id: int, count: int, *, bound: bool) -> bool:
    """Whether an operator is to decide; when not, the people are taken out of the allowance.

    Where everybody on the list gets credits at once a free place is one that a code has left: it is for nobody.
    """
    offering = offering_of(item_id)
    if not bound and Allowance.objects.filter(offering=offering, at_once=True).exists():
        return True
    try:
        with transaction.atomic():
            reserve(offering=offering, count=count)
    except AllowanceSpent:
        return True
    return False


@transaction.atomic
def decide_batch(
    *, batch_id: int, approve: bool, words: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> CodeBatch:
    """An operator lets a waiting batch be issued, or refuses it with a reason. Nobody decides their own (Z4, Z5).

    Nor does who has worked there since the event was published or begun: leaving before the codes are asked for is
    no way round.

    Raises NotOfOperators, EntryUnknown, BatchNotWaiting, OwnOrganisation, SecondPersonNeeded, ReasonMissing.
    """
    check_operator(by.roles)
    batch = _waiting(batch_id)
    check_no_member(matters=[(batch.organisation_id, matter_since(batch.version, batch.created_at))], by=by)
    return _decide(batch, approve=approve, words=words, by=by, facts=facts, now=now)


@transaction.atomic
def decide_batch_as_colleague(
    *, batch_id: int, approve: bool, words: str, by: Member, facts: RequestFacts | None, now: dt.datetime
) -> CodeBatch:
    """A second person of the organisation decides on a large batch; what is over the allowance is for operators.

    Raises NotAllowed, EntryUnknown, BatchNotWaiting, SecondPersonNeeded, ReasonMissing.
    """
    check_may(by.roles, Right.LISTENERS)
    batch = _waiting(batch_id, organisation_id=by.organisation_id)
    if batch.over_allowance:
        raise EntryUnknown
    return _decide(batch, approve=approve, words=words, by=by.account, facts=facts, now=now)


@transaction.atomic
def withdraw_batch(*, batch_id: int, reason: str, by: Member, facts: RequestFacts | None) -> CodeBatch:
    """Take back a batch of one's organisation that waits: it has no codes yet, nobody has to be written to.

    Of a decision and this at once the first wins: both lock the batch.

    Raises NotAllowed, EntryUnknown, BatchNotWaiting, ReasonMissing.
    """
    check_may(by.roles, Right.LISTENERS)
    batch = _waiting(batch_id, organisation_id=by.organisation_id)
    batch.state, batch.decision = BatchState.REFUSED, check_reason(reason)
    batch.save(update_fields=["state", "decision"])
    if not batch.over_allowance:
        release(offering=offering_of(batch.item_id), count=batch.count)
    _record(batch, "codes.withdrawn", by.account_id, facts, reason=batch.decision, count=batch.count)
    return batch


def _waiting(batch_id: int, **owner: int) -> CodeBatch:
    rows = CodeBatch.objects.select_for_update(of=("self",), no_key=True).select_related("created_by", "version__item")
    batch = rows.filter(pk=batch_id, **owner).first()
    if batch is None:
        raise EntryUnknown
    if batch.state != BatchState.WAITING:
        raise BatchNotWaiting
    return batch


def _decide(
    batch: CodeBatch, *, approve: bool, words: str, by: Account, facts: RequestFacts | None, now: dt.datetime
) -> CodeBatch:
    if by.pk == batch.created_by_id or by.snils == batch.created_by.snils:
        raise SecondPersonNeeded
    if batch.people:
        check_none_own(specialist_ids=batch.people, by=by)
    batch.decision = words.strip()[:LONGEST_REASON] if approve else check_reason(words)
    batch.decided_at, batch.decided_by = now, by
    batch.state = BatchState.ISSUED if approve else BatchState.REFUSED
    batch.save(update_fields=["decision", "decided_at", "decided_by", "state"])
    offering = offering_of(batch.item_id)
    if not approve and not batch.over_allowance:
        release(offering=offering, count=batch.count)
    if approve:
        if batch.over_allowance:
            _widen(batch, now)
        _make(batch)
    action = "codes.approved" if approve else "codes.refused"
    _record(batch, action, by.pk, facts, reason=batch.decision, count=batch.count)
    return batch


def _widen(batch: CodeBatch, now: dt.datetime) -> None:
    """Make the allowance reach: the operator has said that there were so many people."""
    offering = offering_of(batch.item_id)
    known = locked_allowance(offering, now)
    set_people(offering=offering, people=known.people, take=batch.count, now=now)


@transaction.atomic
def take_places_of_people(*, item_id: int, people: int, now: dt.datetime) -> None:
    """Take the places of `people` who get an event's credits without a code, beside those that its codes have taken.

    What was taken for them before counts, so that twice is once; where the allowance does not reach it grows: nobody
    whose presence is confirmed goes without because of codes. From here on the allowance alone lets no codes be issued
    that name nobody.
    """
    offering = offering_of(item_id)
    known = locked_allowance(offering, now)  # codes that are being issued are waited for
    known.at_once = True
    known.save(update_fields=["at_once"])
    missing = _places_of_codes(item_id) + people - known.given
    if missing > 0:
        set_people(offering=offering, people=known.people, take=missing, now=now)


def _places_of_codes(item_id: int) -> int:
    """Places that the codes of an event take: those not annulled, and batches that wait within the allowance."""
    codes = ConfirmationCode.objects.filter(batch__item=item_id).exclude(state=CodeState.ANNULLED)
    waiting = CodeBatch.objects.filter(item=item_id, state=BatchState.WAITING, over_allowance=False)
    return codes.count() + sum(waiting.values_list("count", flat=True))


def _make(batch: CodeBatch) -> None:
    """The codes of a batch, and the job that hands out those that are bound."""
    people: Sequence[int | None] = batch.people or [None] * batch.count
    for start in range(0, batch.count, _CHUNK):
        ConfirmationCode.objects.bulk_create(
            ConfirmationCode(
                batch=batch,
                number=number,
                digest=digest_of("code", code_text(batch.pk, number)),
                specialist_id=who,
            )
            for number, who in enumerate(people[start : start + _CHUNK], start=start + 1)
        )
    if batch.bound:
        configure_job(HAND_OUT).defer(batch_id=batch.pk)


def hand_out_codes(batch_id: int, now: dt.datetime) -> int:
    """Write each person of a bound batch their letter, and that the credit waits for them. Returns how many.

    May run twice or die anywhere: a code and its letter are one transaction.
    """
    left = ConfirmationCode.objects.filter(batch_id=batch_id, sent_at=None, state=CodeState.ISSUED)
    return sum(_hand_out(pk, now) for pk in left.order_by("number").values_list("pk", flat=True))


@transaction.atomic
def _hand_out(code_id: int, now: dt.datetime) -> int:
    rows = ConfirmationCode.objects.select_for_update(of=("self",), no_key=True)
    code = rows.select_related("batch__version__item", "batch__organisation", "specialist__account").get(pk=code_id)
    if code.sent_at is not None or code.state != CodeState.ISSUED or code.specialist is None:
        return 0
    batch, account = code.batch, code.specialist.account
    awaited = Expectation.objects.filter(
        specialist_id=code.specialist.pk,
        version__item_id=batch.item_id,
        source__in=[Source.CODE, Source.PRESENCE],
    ).exclude(state=Awaited.ARRIVED)
    known = awaited.order_by("pk").values_list("source", "origin").first()
    source, origin = known or (Source.CODE, f"code:{code.pk}")
    expect(
        specialist_id=code.specialist.pk,
        version=batch.version,
        source=source,
        origin=origin,
        began_on=batch.earned_on,
        holder=Holder.SPECIALIST,
        due_on=batch.valid_until_on,
        now=now,
    )
    code.sent_at = now
    code.save(update_fields=["sent_at"])
    if account.state == State.ACTIVE and account.email:
        put_letter(
            kind="confirmation_code",
            to=account.email,
            account_id=account.pk,
            language=account.language,
            values={"person": account, "batch": batch, "code": shown(code_text(batch.pk, code.number))},
            key=f"code:{code.pk}",
            now=now,
        )
    return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Annulled:
    """How many codes were annulled, and which of the named numbers were not, by why."""

    count: int
    entered: list[int]
    before: list[int]
    unknown: list[int]


@transaction.atomic
def annul_codes(
    *,
    batch_id: int,
    numbers: Collection[int],
    reason: str,
    by: Member,
    facts: RequestFacts | None,
    now: dt.datetime,
) -> Annulled:
    """Annul codes of a batch that nobody has activated; empty `numbers`: all of them. Returns what became of them.

    Of an annulment and an activation at once the first wins: both change the row only while it is issued.

    Raises NotAllowed, EntryUnknown, ReasonMissing.
    """
    check_may(by.roles, Right.LISTENERS)
    words = check_reason(reason)
    rows = CodeBatch.objects.select_for_update(of=("self",), no_key=True)
    batch = rows.filter(pk=batch_id, organisation_id=by.organisation_id, state=BatchState.ISSUED).first()
    if batch is None:
        raise EntryUnknown
    unused = ConfirmationCode.objects.filter(batch=batch, state=CodeState.ISSUED)
    if numbers:
        unused = unused.filter(number__in=list(numbers))
    bound = list(unused.exclude(specialist=None).values_list("specialist_id", flat=True))
    known = ConfirmationCode.objects.filter(batch=batch, number__in=numbers)
    before = sorted(known.filter(state=CodeState.ANNULLED).values_list("number", flat=True))  # the batch is locked
    gone = unused.update(state=CodeState.ANNULLED, annulled_at=now, annulled_reason=words)
    if gone:
        release(offering=offering_of(batch.item_id), count=gone)
        _explain(batch, bound, words, now)
        _record(batch, "codes.annulled", by.account_id, facts, reason=words, count=gone)
    return Annulled(
        count=gone,
        entered=sorted(known.filter(state=CodeState.ACTIVATED).values_list("number", flat=True)),
        before=before,
        unknown=sorted(set(numbers) - set(known.values_list("number", flat=True))),
    )


def _explain(batch: CodeBatch, people: list[int], reason: str, now: dt.datetime) -> None:
    """Tell those whose code was annulled why, where they look for their credits."""
    awaited = Expectation.objects.filter(
        specialist_id__in=people, version__item_id=batch.item_id, state=Awaited.AWAITED
    ).values_list("specialist_id", "source", "origin")
    for specialist_id, source, origin in list(awaited):
        refuse_expected(specialist_id=specialist_id, source=source, origin=origin, reason=reason, now=now)


@transaction.atomic
@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """A code in clear, and who it is for when it names somebody."""

    number: int
    code: str
    person: Account | None


def reveal_codes(*, batch_id: int, what: str, by: Member, facts: RequestFacts | None) -> list[Revealed]:
    """The unused codes of a batch in clear, by their numbers, to print or to save; each look is recorded.

    Raises NotAllowed, EntryUnknown.
    """
    check_may(by.roles, Right.LISTENERS)
    batch = CodeBatch.objects.filter(pk=batch_id, organisation_id=by.organisation_id, state=BatchState.ISSUED).first()
    if batch is None:
        raise EntryUnknown
    codes = ConfirmationCode.objects.filter(batch=batch, state=CodeState.ISSUED).order_by("number")
    found = [
        Revealed(
            number=code.number,
            code=shown(code_text(batch.pk, code.number)),
            person=code.specialist.account if code.specialist is not None else None,
        )
        for code in codes.select_related("specialist__account")
    ]
    _record(batch, "codes.looked_at", by.account_id, facts, what=what, count=len(found))
    return found


def _version(item: Item) -> Version:
    """The version an event was held by: the published one, or of a withdrawn event the last that was."""
    if item.kind != Kind.EVENT:
        raise ItemUnknown
    version = Version.objects.filter(item=item, published_at__isnull=False).order_by("-number").first()
    if version is None:
        raise ItemUnknown
    version.item = item
    return version


def _record(
    batch: CodeBatch, action: str, actor_id: int, facts: RequestFacts | None, reason: str = "", **after: object
) -> None:
    record(
        actor_id=actor_id,
        action=action,
        subject="code_batch",
        subject_id=batch.pk,
        facts=facts,
        reason=reason,
        after=after,
    )
