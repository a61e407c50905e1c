"""Random use of the book by a few people; after each step every sum there is says the same, and nothing is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_batch, a_programme, a_registrar, an_entry, an_event, code_in

from foundation.errors import Refused
from nmfo.credits.balancing import faults
from nmfo.credits.models import CodeBatch, ConfirmationCode, Expectation, LedgerEntry, Proposal, UsedOrigin
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.operations.issuing import annul_codes, decide_batch
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.sealing import seal_ledger
from nmfo.credits.queries import balance_of, credits_given_by, entries_of, statement_of, sums_of, totals_of
from nmfo.credits.rules import Awaited, Holder, ProposalState, Source

PEOPLE, ITEMS = 3, 3
people, things = st.integers(0, PEOPLE - 1), st.integers(0, ITEMS - 1)


class Book(RuleBasedStateMachine):
    """The model is a plain sum for each person; the book is the portal's own operations on its own database."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.expected: dict[int, int] = {}
        self.posted: set[str] = set()
        self.steps = 0

    def teardown(self) -> None:
        assert faults() == []
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @initialize()
    def open_the_book(self) -> None:
        self.people = [a_specialist() for _number in range(PEOPLE)]
        self.programmes = [a_programme(hours=hours, credits=hours) for hours in (18, 36, 72)]
        self.events = [an_event() for _number in range(ITEMS)]
        self.operators = [an_operator(), an_operator()]
        self.clerks = [a_registrar(event.item.organisation) for event in self.events]
        self.batches: list[CodeBatch] = []
        self.expected = {person.pk: 0 for person in self.people}

    @rule(who=people, what=things, run=st.integers(1, 3))
    def complete(self, who: int, what: int, run: int) -> None:
        person, version, origin = self.people[who], self.programmes[what], f"application:{who}-{what}-{run}"
        try:
            an_entry(person, version, origin=origin)
        except Refused:
            assert origin in self.posted
        else:
            assert origin not in self.posted
            self.posted.add(origin)
            self.expected[person.pk] += version.credits or 0

    @rule(who=people, what=things)
    def confirm_presence(self, who: int, what: int) -> None:
        person, event = self.people[who], self.events[what]
        counted = LedgerEntry.objects.filter(specialist=person, item=event.item, credits__gt=0).exists()
        try:
            post(
                specialist_id=person.pk,
                version=event,
                source=Source.PRESENCE,
                origin=f"registration:{who}-{what}",
                earned_on=timezone.localdate(),
                by=None,
                now=timezone.now(),
            )
        except Refused:
            assert counted
        else:
            assert not counted
            self.expected[person.pk] += event.credits or 0

    @rule(what=things, count=st.integers(1, 3))
    def issue(self, what: int, count: int) -> None:
        self.batches.append(a_batch(self.events[what], by=self.clerks[what], count=count, confirmed=40))

    @rule(which=st.integers(0, 20), who=people, number=st.integers(1, 3))
    def redeem(self, which: int, who: int, number: int) -> None:
        if not self.batches:
            return
        batch, person = self.batches[which % len(self.batches)], self.people[who]
        try:
            entry = redeem_code(specialist=person, text=code_in(batch, number), facts=facts(), now=timezone.now())
        except Refused:
            return
        self.expected[person.pk] += entry.credits

    @rule(which=st.integers(0, 20))
    def annul(self, which: int) -> None:
        if self.batches:
            batch = self.batches[which % len(self.batches)]
            clerk = self.clerks[[event.item_id for event in self.events].index(batch.item_id)]
            annul_codes(
                batch_id=batch.pk, numbers=[], reason="Листы испорчены", by=clerk, facts=facts(), now=timezone.now()
            )

    @rule(who=people, which=st.integers(0, 20))
    def propose(self, who: int, which: int) -> None:
        entries = list(LedgerEntry.objects.filter(specialist=self.people[who]).order_by("pk"))
        if entries:
            entry = entries[which % len(entries)]
            try:
                propose_reversal(
                    entry_id=entry.pk,
                    reason="Ошибка в ведомости",
                    by=self.operators[0],
                    facts=facts(),
                    now=timezone.now(),
                )
            except Refused:
                taken_back = LedgerEntry.objects.filter(reverses=entry).exists()
                asked = Proposal.objects.filter(entry=entry, state=ProposalState.OPEN).exists()
                assert entry.is_reversal or taken_back or asked

    @rule(approve=st.booleans(), which=st.integers(0, 20))
    def decide(self, *, approve: bool, which: int) -> None:
        proposals = list(Proposal.objects.filter(state=ProposalState.OPEN).order_by("pk"))
        if proposals:
            proposal = proposals[which % len(proposals)]
            decided = decide_proposal(
                proposal_id=proposal.pk,
                approve=approve,
                words="Ведомость проверена, запись верна",
                by=self.operators[1],
                facts=facts(),
                now=timezone.now(),
            )
            if approve:
                assert decided.result is not None
                self.expected[proposal.specialist_id] += decided.result.credits

    @rule(who=people, what=things, refused=st.booleans())
    def await_credits(self, who: int, what: int, *, refused: bool) -> None:
        key: dict[str, Any] = {
            "specialist_id": self.people[who].pk,
            "source": Source.CODE,
            "origin": f"registration:{who}-{what}",
        }
        expect(
            **key,
            version=self.events[what],
            began_on=timezone.localdate(),
            holder=Holder.ORGANISATION,
            due_on=None,
            now=timezone.now(),
        )
        if refused:
            refuse_expected(**key, reason="Отмечено 40 минут", now=timezone.now())

    @rule()
    def decide_batches(self) -> None:
        for batch in CodeBatch.objects.filter(state="waiting"):
            decide_batch(
                batch_id=batch.pk, approve=True, words="", by=self.operators[0], facts=facts(), now=timezone.now()
            )

    @invariant()
    def every_sum_is_the_same(self) -> None:
        self.steps += 1
        for person in getattr(self, "people", []):
            shown = list(entries_of(person))
            wanted = self.expected[person.pk]
            assert sum(entry.credits for entry in shown) == wanted
            assert balance_of(person) == sums_of(person).posted == wanted
            assert sum(row.credits for row in statement_of(person, day=timezone.localdate())) == wanted
            totals = totals_of(person)
            assert not shown or totals[shown[0].pk] == wanted
            assert wanted >= 0

    @precondition(lambda self: self.steps % 5 == 0)
    @invariant()
    def the_independent_sql_agrees(self) -> None:
        assert faults() == []
        assert UsedOrigin.objects.count() == LedgerEntry.objects.count()
        given: dict[int, int] = {}
        for version in [*getattr(self, "programmes", []), *getattr(self, "events", [])]:
            given |= credits_given_by(version.item.organisation, [version.item_id])
        assert sum(given.values()) == sum(self.expected.values())

    @invariant()
    def what_has_arrived_has_its_entry(self) -> None:
        for row in Expectation.objects.filter(state=Awaited.ARRIVED):
            assert row.entry is not None
            assert row.entry.specialist_id == row.specialist_id
        assert not ConfirmationCode.objects.filter(state="annulled", activated_by__isnull=False).exists()


@pytest.mark.django_db
def test_l5_every_number_is_the_same_number_after_two_thousand_random_steps() -> None:
    run_state_machine_as_test(
        Book,
        settings=settings(
            max_examples=40,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db(transaction=True)
def test_l5_the_check_notices_each_kind_of_damage() -> None:
    entry = an_entry()
    seal = seal_ledger()
    assert seal is not None
    assert faults() == []

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE credits_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE credits_usedorigin DISABLE TRIGGER USER")
        cursor.execute("UPDATE credits_ledgerentry SET credits = 37")
        grown = faults()
        cursor.execute("UPDATE credits_ledgerentry SET credits = 36, earned_on = %s", [dt.date(2020, 1, 1)])
        moved = faults()
        cursor.execute("UPDATE credits_ledgerentry SET earned_on = %s", [entry.earned_on])
        restored = faults()
        cursor.execute("DELETE FROM credits_usedorigin")
        forgotten = faults()
        cursor.execute("DELETE FROM credits_ledgerentry")
        removed = faults()
        cursor.execute("ALTER TABLE credits_ledgerentry ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE credits_usedorigin ENABLE TRIGGER USER")

    changed = f"seal {seal.pk} of the ledger: its 1 entries were changed, 1 are there"
    assert grown == [f"entries are not worth what their version is worth: {entry.pk}", changed]
    assert moved == [changed]
    assert restored == []
    assert forgotten == [f"entries and used origins do not agree: {entry.pk}"]
    assert removed == [f"seal {seal.pk} of the ledger: its 1 entries were changed, 0 are there"]
