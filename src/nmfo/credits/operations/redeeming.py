"""Activating a confirmation code (ИКП, R-315): typed, pasted or scanned; once, or with a precise reason why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from foundation.audit.operations import record
from foundation.errors import Refused
from foundation.runtime.facts import RequestFacts
from foundation.signin import throttle
from foundation.ui.templatetags.ui import clock, day
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Version
from nmfo.credits.codes import SYMBOLS, legacy_form, looks_like_a_code, looks_like_ours, readings, symbols_after_prefix
from nmfo.credits.deriving import digest_of
from nmfo.credits.models import CodeBatch, ConfirmationCode, LedgerEntry, LegacyCode
from nmfo.credits.operations.expecting import lock_people
from nmfo.credits.operations.posting import post, post_without_version
from nmfo.credits.queries.codes import was_read_by
from nmfo.credits.queries.ledger import entry_by, reversal_of
from nmfo.credits.rules.checking import check_fits, check_redeemable
from nmfo.credits.rules.refusals import (
    CodeMistyped,
    CodeSpentByAnother,
    CodeSpentByYou,
    CodeTakenBack,
    CodeUnfinished,
    CodeUnknown,
    NotACode,
    OwnBatch,
    StaffCode,
    TooManyCodes,
)
from nmfo.credits.rules.words import (
    CODE_PAUSE_S,
    CODE_TRIES,
    CODE_TRIES_OF_A_NETWORK,
    CODE_WINDOW_S,
    FEW_CODE_TRIES,
    CodeState,
    Source,
)
from nmfo.organisations.queries import memberships_at
from nmfo.organisations.rules import Right, may
from nmfo.reference.models import Specialty
from nmfo.reference.naming import specialties_in_a_line
from nmfo.reference.queries import under_all_names
from nmfo.specialists.models import Specialist
from nmfo.specialists.queries import levels_of, practised_by


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTries:
    """How many wrong codes somebody may still bring; `opens_at` when none is taken before that moment."""

    left: int
    opens_at: dt.datetime | None

    @property
    def are_few(self) -> bool:
        """Whether a person has to be told before the way closes."""
        return self.opens_at is None and self.left <= FEW_CODE_TRIES


def tries_of(specialist: Specialist, *, facts: RequestFacts, now: dt.datetime) -> CodeTries:
    """Where somebody stands with their tries, by themselves and by their network. Counts nothing; one statement."""
    own, network = throttle.peek(*_keys(specialist, facts), now=now)
    closed = [throttle.whole_minute(one.locked_until) for one in (own, network) if one.locked_until is not None]
    left = min(CODE_TRIES - own.hits, CODE_TRIES_OF_A_NETWORK - network.hits)
    return CodeTries(left=max(0, left), opens_at=max(closed, default=None))


def _keys(specialist: Specialist, facts: RequestFacts) -> tuple[str, str]:
    return f"code:{specialist.pk}", f"code-network:{facts.network}"


def redeem_code(*, specialist: Specialist, text: str, facts: RequestFacts, now: dt.datetime) -> LedgerEntry:
    """Activate a code and post its credits. Of fifty that bring one code at once one gets them (L2).

    Every try is counted before anything is looked up, outside the transaction, and given back when the code exists: ten
    unknown ones in an hour close the way for fifteen minutes (Z7), from the tenth on. Refused, nothing is changed.

    Raises:
        TooManyCodes: too many unknown codes in a row.
        CodeMistyped, CodeUnfinished, CodeUnknown, NotACode: no such code.
        CodeSpentByYou, CodeTakenBack, CodeSpentByAnother, CodeAnnulled, CodeExpired, CodeOfAnother, OwnBatch,
            StaffCode: it exists but does not help this person.
        LevelDoesNotFit, SpecialtyDoesNotFit: its event counts for nothing that they practise.
        CountedAlready: the event was credited to them by other evidence.

    """
    own, network = _keys(specialist, facts)
    hits = {}
    for key, limit in ((own, CODE_TRIES), (network, CODE_TRIES_OF_A_NETWORK)):
        counted = throttle.reserve(key, limit=limit, window_s=CODE_WINDOW_S, lock_s=CODE_PAUSE_S, now=now)
        if counted.locked_until is not None:
            if key == network:
                _forgive(own)  # no try of theirs was looked at
            raise TooManyCodes(time=clock(throttle.whole_minute(counted.locked_until)))
        hits[key] = counted.hits
    try:
        entry = _redeem(specialist, text, facts, now)
    except (CodeUnknown, CodeMistyped):
        if hits[own] >= CODE_TRIES:
            throttle.lock(own, until=now + dt.timedelta(seconds=CODE_PAUSE_S))
        raise
    except Refused:
        _forgive(own, network)
        raise
    _forgive(own, network)
    return entry


def _forgive(*keys: str) -> None:
    for key in keys:
        throttle.give_back(key)


@transaction.atomic
def _redeem(specialist: Specialist, text: str, facts: RequestFacts, now: dt.datetime) -> LedgerEntry:
    digests = [digest_of("code", reading) for reading in readings(text)]
    codes = ConfirmationCode.objects.select_for_update(of=("self",), no_key=True)
    code = codes.select_related("batch__version__item").filter(digest__in=digests).first() if digests else None
    if code is not None:
        return _redeem_ours(specialist, code, facts, now)
    old = LegacyCode.objects.select_for_update(of=("self",), no_key=True)
    legacy = old.filter(digest=digest_of("legacy", legacy_form(text))).first()
    if legacy is not None:
        return _redeem_legacy(specialist, legacy, facts, now)
    have = symbols_after_prefix(text)
    if have is not None and have != SYMBOLS:
        raise CodeUnfinished(have=have, need=SYMBOLS)
    if not digests and not looks_like_a_code(text):
        raise NotACode
    raise CodeMistyped if looks_like_ours(text) and not digests else CodeUnknown


def _redeem_ours(specialist: Specialist, code: ConfirmationCode, facts: RequestFacts, now: dt.datetime) -> LedgerEntry:
    batch = code.batch
    if code.activated_by_id == specialist.pk:
        _check_stands(Source.CODE, code.pk, code.activated_at)
    try:
        check_redeemable(
            code.facts(batch.valid_until_on),
            specialist_id=specialist.pk,
            today=timezone.localdate(now),
            day=day(code.activated_at),
            until=day(batch.valid_until_on),
        )
    except CodeSpentByYou as spent:
        raise CodeSpentByYou(**spent.values, entry=_entry_of(Source.CODE, code.pk)) from None
    if specialist.account_id in {batch.created_by_id, batch.decided_by_id}:
        raise OwnBatch
    if code.specialist_id is None and _may_know_codes(specialist.account, batch):
        raise StaffCode
    _check_fits(specialist, batch.version)
    code.state, code.activated_at, code.activated_by = CodeState.ACTIVATED, now, specialist
    code.save(update_fields=["state", "activated_at", "activated_by"])
    lock_people([specialist.pk])
    entry = post(
        specialist_id=specialist.pk,
        version=batch.version,
        source=Source.CODE,
        origin=f"code:{code.pk}",
        earned_on=batch.earned_on,
        by=None,
        now=now,
    )
    _record(specialist, entry, facts)
    return entry


def _check_stands(source: str, code_id: int, used_at: dt.datetime | None) -> None:
    """Refuse a code of one's own whose credits were taken back: they are not on the account, and why."""
    entry = entry_by(source=source, origin=f"code:{code_id}")
    reversal = reversal_of(entry) if entry is not None else None
    if reversal is not None:
        raise CodeTakenBack(
            date=day(used_at),
            taken=day(timezone.localdate(reversal.posted_at)),
            number=reversal.pk,
            reason=reversal.reason.rstrip("."),
        )


def _entry_of(source: str, code_id: int) -> int | None:
    """The number of the entry that a code made."""
    entry = entry_by(source=source, origin=f"code:{code_id}")
    return entry.pk if entry is not None else None


def _may_know_codes(account: Account, batch: CodeBatch) -> bool:
    """Whether somebody can read the codes of a batch of their colleagues, or could since it was made (Z5).

    Rights change: who has read them stays in the trail.
    """
    rows = list(memberships_at(account, batch.organisation_id))
    since = [row for row in rows if row.left_at is None or row.left_at >= batch.created_at]
    return any(may(row.roles, Right.LISTENERS) for row in since) or (bool(rows) and was_read_by(batch, account))


def _redeem_legacy(specialist: Specialist, code: LegacyCode, facts: RequestFacts, now: dt.datetime) -> LedgerEntry:
    if code.activated_by_id is not None:
        if code.activated_by_id == specialist.pk:
            _check_stands(Source.LEGACY, code.pk, code.activated_at)
            raise CodeSpentByYou(date=day(code.activated_at), entry=_entry_of(Source.LEGACY, code.pk))
        raise CodeSpentByAnother
    code.activated_at, code.activated_by = now, specialist
    code.save(update_fields=["activated_at", "activated_by"])
    entry = post_without_version(
        specialist_id=specialist.pk,
        source=Source.LEGACY,
        origin=f"code:{code.pk}",
        title=code.title,
        part=code.part,
        worth=code.credits,
        earned_on=code.earned_on,
        specialty_id=code.specialty_id,
        by=None,
        now=now,
    )
    _record(specialist, entry, facts)
    return entry


def _check_fits(specialist: Specialist, version: Version) -> None:
    """Compare by all names of the specialties. What is worth nothing to a person keeps their code unused."""
    own = practised_by(specialist.account)
    names = Specialty.objects.filter(pk__in=own).order_by("name").values_list("name", flat=True)
    check_fits(
        levels=version.levels,
        own_levels=list(levels_of(specialist)),
        specialties=version.specialty_rows.values_list("specialty_id", flat=True),
        own=under_all_names(own),
        name=specialties_in_a_line(names, most=3),
    )


def _record(specialist: Specialist, entry: LedgerEntry, facts: RequestFacts) -> None:
    record(
        actor_id=specialist.account_id,
        action="code.activated",
        subject="ledger_entry",
        subject_id=entry.pk,
        facts=facts,
        after={"credits": entry.credits},
    )
