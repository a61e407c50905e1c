"""Nobody decides about credits of their own, or of the organisation that they work for: by СНИЛС, not by account."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_batch, a_programme, a_registrar, an_entry, an_event

from nmfo.accounts.models import Account
from nmfo.credits.models import Claim, CodeBatch, Proposal
from nmfo.credits.operations.claiming import MissingCredit, dispute_entry, grant_claim, refuse_claim, report_missing
from nmfo.credits.operations.correcting import (
    decide_proposal,
    propose_credit,
    propose_reversal,
    propose_reversal_as_member,
)
from nmfo.credits.operations.expecting import expect
from nmfo.credits.operations.issuing import decide_batch
from nmfo.credits.operations.subjects import CreditByHand
from nmfo.credits.rules.refusals import OwnCredit, OwnOrganisation
from nmfo.credits.rules.words import Holder, Part, Source
from nmfo.organisations.models import Member, Organisation
from nmfo.specialists.models import Specialist

pytestmark = pytest.mark.django_db


def an_operator_of(organisation: Organisation, *, by_another_account: bool) -> Account:
    """An operator who works for an organisation as well."""
    worker = a_registrar(organisation).account
    if by_another_account:
        operator = an_operator()
        operator.snils = worker.snils  # the index is another: a row of a time before the rule
        operator.save(update_fields=["snils"])
        return operator
    worker.roles = [*worker.roles, "operator"]
    worker.save(update_fields=["roles"])
    return worker


def another_account_of(doctor: Specialist) -> Account:
    """An operator's account with the СНИЛС of a specialist."""
    operator = an_operator()
    operator.snils = doctor.account.snils  # the index is another: a row of a time before the rule
    operator.save(update_fields=["snils"])
    return operator


def test_z5_a_second_account_does_not_help_to_correct_ones_own_credits() -> None:
    doctor, now = a_specialist(), timezone.now()
    entry, own = an_entry(doctor), another_account_of(doctor)
    given = {"entry_id": entry.pk, "reason": "Внесено однофамилице", "facts": facts(), "now": now}

    with pytest.raises(OwnCredit):
        propose_reversal(by=own, **given)  # type: ignore[arg-type]
    proposal = propose_reversal(by=an_operator(), **given)  # type: ignore[arg-type]
    with pytest.raises(OwnCredit):
        decide_proposal(proposal_id=proposal.pk, approve=True, words="", by=own, facts=facts(), now=now)


def test_z5_nor_to_decide_about_codes_for_oneself() -> None:
    doctor, other, now = a_specialist(), a_specialist(), timezone.now()
    batch = a_batch(people=[other, doctor], confirmed=1)

    with pytest.raises(OwnCredit):
        decide_batch(batch_id=batch.pk, approve=True, words="", by=another_account_of(doctor), facts=facts(), now=now)


@pytest.mark.parametrize("by_another_account", [False, True])
@pytest.mark.parametrize("from_the_organisation", [False, True])
@pytest.mark.parametrize("approve", [False, True])
def test_z5_no_operator_decides_a_correction_of_their_organisation(
    *, approve: bool, from_the_organisation: bool, by_another_account: bool
) -> None:
    entry, now = an_entry(), timezone.now()
    assert entry.organisation is not None
    common = {"entry_id": entry.pk, "reason": "Внесено однофамилице", "facts": facts(), "now": now}
    if from_the_organisation:
        proposal = propose_reversal_as_member(by=a_registrar(entry.organisation), **common)  # type: ignore[arg-type]
    else:
        proposal = propose_reversal(by=an_operator(), **common)  # type: ignore[arg-type]
    own = an_operator_of(entry.organisation, by_another_account=by_another_account)

    with pytest.raises(OwnOrganisation):
        decide_proposal(
            proposal_id=proposal.pk, approve=approve, words="Так решено по документам", by=own, facts=facts(), now=now
        )

    assert Proposal.objects.get().state == "open"
    decide_proposal(
        proposal_id=proposal.pk,
        approve=approve,
        words="Так решено по документам",
        by=an_operator(),
        facts=facts(),
        now=now,
    )


@pytest.mark.parametrize("by_another_account", [False, True])
def test_z5_no_operator_lets_more_codes_of_their_organisation_be_issued(*, by_another_account: bool) -> None:
    event, now = an_event(), timezone.now()
    batch = a_batch(event, count=20, confirmed=1)
    own = an_operator_of(event.item.organisation, by_another_account=by_another_account)

    with pytest.raises(OwnOrganisation):
        decide_batch(batch_id=batch.pk, approve=True, words="", by=own, facts=facts(), now=now)

    assert CodeBatch.objects.get().state == "waiting"
    decide_batch(batch_id=batch.pk, approve=True, words="", by=an_operator(), facts=facts(), now=now)


@pytest.mark.parametrize("by_another_account", [False, True])
def test_z5_no_operator_answers_a_request_about_what_their_organisation_gave(*, by_another_account: bool) -> None:
    doctor, now = a_specialist(), timezone.now()
    entry = an_entry(doctor)
    assert entry.organisation is not None
    claim = dispute_entry(
        specialist=doctor, entry_id=entry.pk, text="Часов было больше", form_key="a", facts=facts(), now=now
    )
    own = an_operator_of(entry.organisation, by_another_account=by_another_account)

    with pytest.raises(OwnOrganisation):
        refuse_claim(claim_id=claim.pk, answer="Часов было столько", by=own, facts=facts(), now=now)

    assert (
        refuse_claim(claim_id=claim.pk, answer="Часов было столько", by=an_operator(), facts=facts(), now=now).state
        == "refused"
    )


def something_missing(doctor: Specialist) -> Claim:
    """A request that names no organisation in a way that the portal understands."""
    return report_missing(
        specialist=doctor,
        missing=MissingCredit(part=Part.PROGRAMME, title="Программа", held_on=None, organisation_name=""),
        text="Баллов нет",
        form_key="m",
        facts=facts(),
        now=timezone.now(),
    )


@pytest.mark.parametrize("by_another_account", [False, True])
def test_z5_no_operator_enters_what_their_organisation_was_to_give(*, by_another_account: bool) -> None:
    doctor, version, now = a_specialist(), a_programme(), timezone.now()
    awaited = expect(
        specialist_id=doctor.pk,
        version=version,
        source=Source.COMPLETION,
        origin="application:7",
        began_on=timezone.localdate(now),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=now,
    )
    credit = CreditByHand(
        title="Программа", part=Part.PROGRAMME, worth=36, earned_on=awaited.began_on, expectation_id=awaited.pk
    )
    claim = something_missing(doctor)
    proposal = propose_credit(
        claim_id=claim.pk, credit=credit, reason="Удостоверение предъявлено", by=an_operator(), facts=facts(), now=now
    )
    own = an_operator_of(version.item.organisation, by_another_account=by_another_account)

    with pytest.raises(OwnOrganisation):
        decide_proposal(proposal_id=proposal.pk, approve=True, words="", by=own, facts=facts(), now=now)

    decide_proposal(proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=now)


@pytest.mark.parametrize("by_another_account", [False, True])
def test_z5_no_operator_answers_a_request_with_what_their_organisation_gave(*, by_another_account: bool) -> None:
    doctor, now = a_specialist(), timezone.now()
    claim = something_missing(doctor)
    entry = an_entry(doctor)
    assert entry.organisation is not None
    own = an_operator_of(entry.organisation, by_another_account=by_another_account)
    given = {"claim_id": claim.pk, "answer": "Баллы пришли", "entry_id": entry.pk, "facts": facts(), "now": now}

    with pytest.raises(OwnOrganisation):
        grant_claim(by=own, **given)  # type: ignore[arg-type]

    assert grant_claim(by=an_operator(), **given).state == "granted"  # type: ignore[arg-type]


def left(operator: Account, organisation: Organisation, at: dt.datetime | None = None) -> Account:
    """The same, who has left the organisation; by default this minute."""
    Member.objects.filter(organisation=organisation, account=operator).update(left_at=at or timezone.now())
    return operator


def test_z5_leaving_the_organisation_does_not_help_to_decide_what_was_its_matter_before() -> None:
    doctor, event, now = a_specialist(), an_event(), timezone.now()
    organisation = event.item.organisation
    entry, batch = an_entry(doctor, event), a_batch(event, count=20, confirmed=1)
    claim = dispute_entry(specialist=doctor, entry_id=entry.pk, text="Это не моё", form_key="a", facts=facts(), now=now)
    given = {"reason": "Внесено однофамилице", "facts": facts(), "now": now}
    proposal = propose_reversal(entry_id=entry.pk, by=an_operator(), **given)  # type: ignore[arg-type]
    own = left(an_operator_of(organisation, by_another_account=False), organisation)
    decision = {"by": own, "facts": facts(), "now": timezone.now()}

    with pytest.raises(OwnOrganisation):
        decide_proposal(proposal_id=proposal.pk, approve=True, words="", **decision)  # type: ignore[arg-type]
    with pytest.raises(OwnOrganisation):
        decide_batch(batch_id=batch.pk, approve=True, words="", **decision)  # type: ignore[arg-type]
    with pytest.raises(OwnOrganisation):
        refuse_claim(claim_id=claim.pk, answer="Часов было столько", **decision)  # type: ignore[arg-type]


@pytest.mark.parametrize(("begins", "last_day"), [(-1, 0), (30, 1)])  # begun before it was published, and after
def test_z5_leaving_it_before_the_codes_of_its_event_are_asked_for_does_not_help_either(
    begins: int, last_day: int
) -> None:
    day, now = dt.timedelta(days=1), timezone.now()
    event = an_event(begins_at=now + begins * day, ends_at=now + begins * day + dt.timedelta(hours=3))
    organisation, asked_at = event.item.organisation, now + (begins + 1) * day
    own = left(an_operator_of(organisation, by_another_account=False), organisation, now + last_day * day - day / 24)
    batch = a_batch(event, count=20, confirmed=1, now=asked_at)

    with pytest.raises(OwnOrganisation):
        decide_batch(batch_id=batch.pk, approve=True, words="", by=own, facts=facts(), now=asked_at)

    assert CodeBatch.objects.get().state == "waiting"


def test_z5_nor_leaving_it_before_somebody_asks_for_the_credits_of_its_event() -> None:
    doctor, event, now = a_specialist(), an_event(), timezone.now()
    organisation = event.item.organisation
    own = left(an_operator_of(organisation, by_another_account=False), organisation, now - dt.timedelta(minutes=1))
    claim = something_missing(doctor)
    given: dict[str, Any] = {"facts": facts(), "now": now}
    credit = CreditByHand(
        title="Вебинар", part=Part.EVENT, worth=3, earned_on=timezone.localdate(now), item_id=event.item_id
    )
    entering = propose_credit(
        claim_id=claim.pk, credit=credit, reason="Сертификат предъявлен", by=an_operator(), **given
    )
    entry = an_entry(doctor, an_event(organisation))
    reversing = propose_reversal(entry_id=entry.pk, reason="Внесено однофамилице", by=an_operator(), **given)

    for proposal in (entering, reversing):
        with pytest.raises(OwnOrganisation):
            decide_proposal(proposal_id=proposal.pk, approve=True, words="", by=own, **given)

    assert set(Proposal.objects.values_list("state", flat=True)) == {"open"}


def test_z5_who_left_before_it_was_a_matter_of_the_organisation_decides() -> None:
    event = an_event()
    assert event.begins_at is not None
    organisation, before = event.item.organisation, event.begins_at - dt.timedelta(minutes=1)
    former = left(an_operator_of(organisation, by_another_account=False), organisation, before)
    batch = a_batch(event, count=20, confirmed=1)

    decided = decide_batch(batch_id=batch.pk, approve=True, words="", by=former, facts=facts(), now=timezone.now())

    assert decided.state == "issued"
