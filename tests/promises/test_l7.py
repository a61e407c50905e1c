from __future__ import annotations

import pytest
from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_batch, an_event, code_in

from foundation.errors import Refused
from nmfo.credits.models import LedgerEntry, Proposal
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.rules import CodeSpentByYou, CountedAlready, OriginUsed, Source

REASON = "В протоколе стоит другая фамилия"


def reversed_entry() -> LedgerEntry:
    doctor, event = a_specialist(), an_event()
    entry = redeem_code(specialist=doctor, text=code_in(a_batch(event)), facts=facts(), now=timezone.now())
    proposal = propose_reversal(entry_id=entry.pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now())
    decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )
    return entry


@pytest.mark.django_db
def test_l7_a_reversal_points_at_its_entry_and_the_old_one_stays_as_it_was() -> None:
    entry = reversed_entry()
    before = LedgerEntry.objects.filter(pk=entry.pk).values().get()

    reversal = LedgerEntry.objects.get(reverses=entry)

    assert (reversal.credits, reversal.reason) == (-entry.credits, REASON)
    assert LedgerEntry.objects.filter(pk=entry.pk).values().get() == before


@pytest.mark.django_db
def test_l7_an_entry_is_reversed_once_and_a_reversal_never() -> None:
    entry = reversed_entry()

    for pk in (entry.pk, LedgerEntry.objects.get(reverses=entry).pk):
        with pytest.raises(Refused):
            propose_reversal(entry_id=pk, reason=REASON, by=an_operator(), facts=facts(), now=timezone.now())

    assert Proposal.objects.count() == 1


@pytest.mark.django_db
def test_l7_evidence_is_not_usable_again_after_a_reversal() -> None:
    entry = reversed_entry()
    batch_code = a_batch(entry.version)

    with pytest.raises(CountedAlready):
        redeem_code(specialist=entry.specialist, text=code_in(batch_code), facts=facts(), now=timezone.now())
    with pytest.raises(OriginUsed):
        post(
            specialist_id=a_specialist().pk,
            version=an_event(),
            source=Source.CODE,
            origin=entry.origin,
            earned_on=entry.earned_on,
            by=None,
            now=timezone.now(),
        )

    assert CodeSpentByYou.field == "code"
