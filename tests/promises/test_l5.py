"""Random use of the book by a few people; after each step every sum there is says the same, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.builders import a_run, a_specialist, a_specialty, a_version, an_item, an_operator, facts, published
from tests.credit_builders import a_batch, a_registrar, an_entry, an_event, code_in
from tests.cycle_builders import an_admission, rules_in_force
from tests.enrolment_builders import a_result, an_application, enrolled

from foundation.errors import Refused
from nmfo.credits.balancing import faults
from nmfo.credits.models import CodeBatch, ConfirmationCode, Expectation, LedgerEntry, Proposal, UsedOrigin
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.operations.issuing import annul_codes, decide_batch
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code
from nmfo.credits.operations.sealing import seal_ledger
from nmfo.credits.queries.ledger import balance_of, entries_of, statement_of, sums_of, totals_of
from nmfo.credits.queries.watching import credits_given_by
from nmfo.credits.rules.words import Awaited, Holder, ProposalState, Source
from nmfo.cycles.models import Cycle, RuleSet
from nmfo.cycles.operations.joining import join_cycle, leave_cycle, stay_outside
from nmfo.cycles.operations.ruling import SetTexts, drop_draft, publish_draft, save_draft, start_draft
from nmfo.cycles.queries.choosing import cycles_of
from nmfo.cycles.queries.counting import has_credits, state_of
from nmfo.cycles.rules.refusals import CasesFail, CycleHasCredits, CycleUnfounded, DraftUnderWay, OwnDraft
from nmfo.cycles.rules.words import CycleKind, SetState
from nmfo.enrolment.models import Application
from nmfo.enrolment.operations.completing import ResultWrong, complete_application
from nmfo.enrolment.operations.deciding import expel_listener
from nmfo.enrolment.rules import ApplicationOpen, CompletedAlready

PEOPLE, ITEMS = 3, 3
EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "10"))  # of fifty steps each: docs/develop/bench.md
people, things, places = st.integers(0, PEOPLE - 1), st.integers(0, ITEMS - 1), st.integers(0, 20)
SET = "order-709n"
NUMBERS = st.integers(1, 2)
REACHED = {
    *("activated", "reversed", "completed", "completed already", "number taken", "expelled"),
    *("joined", "joined already", "left", "bound", "bound to stay", "back from outside"),
    *("published", "own draft", "cases fail"),
}

# What counts for each five-year cycle, by SQL that shares nothing with the portal's own.
_CYCLES = """
SELECT c.id, coalesce(sum(e.credits), 0)::int, count(e.id)
FROM cycles_cycle c LEFT JOIN credits_ledgerentry e
  ON e.specialist_id = c.specialist_id AND e.earned_on >= c.begins_on AND e.earned_on <= c.ends_on
  AND c.specialty_id IN (SELECT s.specialty_id FROM catalogue_versionspecialty s WHERE s.version_id = e.version_id)
WHERE c.left_at IS NULL AND c.kind = 'five_years' GROUP BY c.id
"""
_PEOPLE = "SELECT specialist_id, sum(credits)::int FROM credits_ledgerentry GROUP BY 1 HAVING sum(credits) <> 0"
_AWAITED = "SELECT specialist_id, sum(credits)::int FROM credits_expectation WHERE state = 'awaited' GROUP BY 1"
# Applications that say «credited» without their entry, or the other way round; runs whose taken seats nobody sits on.
_APPLICATIONS = """
SELECT coalesce(a.id, 0) FROM (SELECT * FROM enrolment_application WHERE state = 'credited') a
FULL JOIN (SELECT * FROM credits_ledgerentry WHERE source = 'completion' AND origin ~ '^application:[0-9]+$') e
  ON e.origin = 'application:' || a.id
WHERE a.id IS NULL OR e.id IS NULL OR e.specialist_id <> a.specialist_id OR e.version_id <> a.version_id
   OR NOT EXISTS (SELECT 1 FROM enrolment_completion c WHERE c.application_id = a.id AND c.issued_on = e.earned_on)
"""
_SEATS = """
SELECT r.id FROM catalogue_run r LEFT JOIN enrolment_application a ON a.run_id = r.id
  AND a.state NOT IN ('draft', 'waiting', 'refused', 'withdrawn', 'expelled', 'cancelled', 'lapsed')
GROUP BY r.id HAVING r.taken <> count(a.id)
"""


def asked(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


class Stage:
    """People, items and rules that every example begins with: made once, each example is undone."""

    def __init__(self) -> None:
        today = timezone.localdate()
        self.today = today
        self.specialties = [a_specialty(), a_specialty("Кардиология")]
        self.people = [a_specialist() for _number in range(PEOPLE)]
        # A cycle under way; one that begins today, so that what was earned yesterday is not in it; one that nothing suits.
        self.documents = [
            [
                an_admission(person, today - dt.timedelta(days=900)),
                an_admission(person, today, specialty=self.specialties[1]),
                an_admission(person, today - dt.timedelta(days=400), specialty=a_specialty("Неврология")),
            ]
            for person in self.people
        ]
        both = self.specialties
        self.programmes = [
            published(a_version(an_item(), *suits, hours=hours, credits=hours))
            for hours, suits in ((18, both), (36, both[:1]), (72, both[1:]))
        ]
        self.events = [an_event(credits=1 + number) for number in range(ITEMS)]
        self.runs = [
            a_run(version, begins_on=today, ends_on=today, apply_until_on=today) for version in self.programmes
        ]
        self.schools = [a_registrar(version.item.organisation) for version in self.programmes]
        self.clerks = [a_registrar(event.item.organisation) for event in self.events]
        self.operators = [an_operator(), an_operator()]
        rules_in_force()


class Book(RuleBasedStateMachine):
    """The model is a plain sum for each person; the book is the portal's own operations on its own database.

    After each step SQL looks at everybody, and all that pages show is read of those whom the step has touched.
    """

    stage: ClassVar[Stage]
    reached: ClassVar[set[str]]  # of what the rules can come to, in all examples

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        stage = self.stage
        self.people, self.programmes, self.events = stage.people, stage.programmes, stage.events
        self.operators, self.clerks = stage.operators, stage.clerks
        self.expected: dict[int, int] = dict.fromkeys([person.pk for person in self.people], 0)
        self.posted: set[str] = set()
        self.batches: list[CodeBatch] = []
        self.joined: list[dict[int, Cycle]] = [{} for _person in self.people]
        self.outside: set[int] = set()
        self.studying: dict[tuple[int, int], Application] = {}
        self.numbers: set[tuple[int, int]] = set()
        self.draft: RuleSet | None = None
        self.passes = True
        self.version = 1
        self.touched = set(range(PEOPLE))
        self.steps = 0

    def teardown(self) -> None:
        """Whatever was found, the example is undone: else each later test of this process would fail with it."""
        try:
            if not connection.needs_rollback:
                assert faults() == []
        finally:
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    @rule(who=people, what=things)
    def enrol(self, who: int, what: int) -> None:
        self.touched = {who}
        try:
            row = an_application(self.stage.runs[what], self.people[who])
        except ApplicationOpen:
            assert (who, what) in self.studying
        else:
            assert (who, what) not in self.studying
            self.studying[who, what] = enrolled(row, self.stage.schools[what])

    @precondition(lambda self: self.studying)
    @rule(which=places, number=NUMBERS, again=st.booleans())
    def finish(self, which: int, number: int, *, again: bool) -> None:
        who, what = list(self.studying)[which % len(self.studying)]
        self.touched = {who}
        row = self.studying[who, what]
        try:
            self.give_document(row, what, number)
        except ResultWrong:
            assert (what, number) in self.numbers
            self.reached.add("number taken")
        else:
            assert (what, number) not in self.numbers
            self.reached.add("completed")
            self.numbers.add((what, number))
            self.expected[self.people[who].pk] += self.programmes[what].credits or 0
            del self.studying[who, what]
        if again and (who, what) not in self.studying:
            with pytest.raises(CompletedAlready):
                self.give_document(row, what, number + 10)
            self.reached.add("completed already")

    def give_document(self, row: Application, what: int, number: int) -> None:
        today = self.stage.today
        complete_application(
            application_id=row.pk,
            seen=None,
            result=a_result(attested_on=today, issued_on=today, number=f"7724001234{number:02d}"),
            by=self.stage.schools[what],
            facts=facts(),
            now=timezone.now(),
        )

    @precondition(lambda self: self.studying)
    @rule(which=places)
    def expel(self, which: int) -> None:
        who, what = list(self.studying)[which % len(self.studying)]
        self.touched = {who}
        row = self.studying.pop((who, what))
        self.reached.add("expelled")
        expel_listener(
            application_id=row.pk,
            seen=None,
            reason="Не приступил к занятиям",
            by=self.stage.schools[what],
            facts=facts(),
            now=timezone.now(),
        )

    @rule(who=people, which=st.integers(0, 2))
    def join(self, who: int, which: int) -> None:
        self.touched = {who}
        try:
            cycle = join_cycle(
                specialist=self.people[who],
                document_id=self.stage.documents[who][which].pk,
                today=self.stage.today,
                facts=facts(),
                now=timezone.now(),
            )
        except CycleUnfounded:
            assert which in self.joined[who]
            self.reached.add("joined already")
        else:
            assert which not in self.joined[who]
            self.joined[who][which] = cycle
            self.reached.add("back from outside" if who in self.outside else "joined")
            self.outside.discard(who)

    @precondition(lambda self: any(self.joined))
    @rule(who=people, which=st.integers(0, 2))
    def leave(self, who: int, which: int) -> None:
        self.touched = {who}
        cycle = self.joined[who].get(which)
        if cycle is None:
            return
        bound = self.counted(cycle)
        try:
            leave_cycle(specialist=self.people[who], cycle_id=cycle.pk, facts=facts(), now=timezone.now())
        except CycleHasCredits:
            assert bound
            self.reached.add("bound")
        else:
            assert not bound
            self.reached.add("left")
            del self.joined[who][which]

    @rule(who=people)
    def change_of_mind(self, who: int) -> None:
        self.touched = {who}
        bound = any(self.counted(cycle) for cycle in self.joined[who].values())
        try:
            stay_outside(specialist=self.people[who], today=self.stage.today, facts=facts(), now=timezone.now())
        except CycleHasCredits:
            assert bound
            self.reached.add("bound to stay")
        else:
            assert not bound
            self.joined[who].clear()
            self.outside.add(who)

    def counted(self, cycle: Cycle) -> int:
        """How many entries count for a cycle."""
        return int(next(entries for pk, _sum, entries in asked(_CYCLES) if pk == cycle.pk))

    @rule(grows=st.booleans())
    def write_rules(self, *, grows: bool) -> None:
        """A draft that says the same of another year; one that asks for more than the golden cases know."""
        self.touched = set()
        former = RuleSet.objects.prefetch_related("asked").get(key=SET, state=SetState.PUBLISHED)
        writer, now = self.operators[0], timezone.now()
        try:
            draft = start_draft(set_id=former.pk, by=writer, facts=facts(), now=now)
        except DraftUnderWay:
            assert self.draft is not None
            return
        assert self.draft is None
        asks = [one.facts for one in former.asked.all()]
        self.draft = save_draft(
            set_id=draft.pk,
            texts=SetTexts(
                title=f"{former.title} ({draft.number})"[-200:],
                ground=former.ground,
                source=former.source,
                valid_from_on=former.valid_from_on,
                valid_until_on=former.valid_until_on,
                requirements=[replace(one, credits=one.credits and one.credits + 1) for one in asks] if grows else asks,
                reason="Приказ изложен заново",
            ),
            by=writer,
            facts=facts(),
            now=now,
        )
        self.passes = not grows

    @precondition(lambda self: self.draft is not None)
    @rule(who=st.integers(0, 1), drop=st.booleans())
    def publish_rules(self, who: int, *, drop: bool) -> None:
        draft, by = self.draft, self.operators[who]
        assert draft is not None
        if drop and who:
            drop_draft(set_id=draft.pk, by=by, facts=facts(), now=timezone.now())
            self.draft = None
            return
        try:
            publish_draft(set_id=draft.pk, seen=draft.written_at.isoformat(), by=by, facts=facts(), now=timezone.now())
        except OwnDraft:
            assert who == 0
            self.reached.add("own draft")
        except CasesFail:
            assert who == 1
            assert not self.passes
            self.reached.add("cases fail")
        else:
            assert who == 1
            assert self.passes
            self.draft, self.version = None, draft.number
            self.reached.add("published")
        self.touched = set(range(PEOPLE))

    @rule(who=people, what=things, run=st.integers(1, 3))
    def complete(self, who: int, what: int, run: int) -> None:
        self.touched = {who}
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
        self.touched = {who}
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
        self.touched = set()
        self.batches.append(a_batch(self.events[what], by=self.clerks[what], count=count, confirmed=40))

    @rule(which=st.integers(0, 20), who=people, number=st.integers(1, 3))
    def redeem(self, which: int, who: int, number: int) -> None:
        self.touched = {who}
        if not self.batches:
            return
        batch, person = self.batches[which % len(self.batches)], self.people[who]
        try:
            entry = redeem_code(specialist=person, text=code_in(batch, number), facts=facts(), now=timezone.now())
        except Refused:
            return
        self.reached.add("activated")
        self.expected[person.pk] += entry.credits

    @rule(which=st.integers(0, 20))
    def annul(self, which: int) -> None:
        self.touched = set(range(PEOPLE))
        if self.batches:
            batch = self.batches[which % len(self.batches)]
            clerk = self.clerks[[event.item_id for event in self.events].index(batch.item_id)]
            annul_codes(
                batch_id=batch.pk, numbers=[], reason="Листы испорчены", by=clerk, facts=facts(), now=timezone.now()
            )

    @rule(who=people, which=st.integers(0, 20))
    def propose(self, who: int, which: int) -> None:
        self.touched = {who}
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
        self.touched = set(range(PEOPLE))
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
                self.reached.add("reversed")
                self.expected[proposal.specialist_id] += decided.result.credits

    @rule(who=people, what=things, refused=st.booleans())
    def await_credits(self, who: int, what: int, *, refused: bool) -> None:
        self.touched = {who}
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
        self.touched = set()
        for batch in CodeBatch.objects.filter(state="waiting"):
            decide_batch(
                batch_id=batch.pk, approve=True, words="", by=self.operators[0], facts=facts(), now=timezone.now()
            )

    @invariant()
    def every_sum_is_the_same(self) -> None:
        self.steps += 1
        assert dict(asked(_PEOPLE)) == {pk: worth for pk, worth in self.expected.items() if worth}
        awaited = dict(asked(_AWAITED))
        for person in [self.people[who] for who in self.touched]:
            shown = list(entries_of(person))
            wanted = self.expected[person.pk]
            assert sum(entry.credits for entry in shown) == wanted
            sums = sums_of(person)
            assert balance_of(person) == sums.posted == wanted
            assert sums.awaited + sums.with_you == awaited.get(person.pk, 0)
            assert sum(row.credits for row in statement_of(person, day=timezone.localdate())) == wanted
            totals = totals_of(person)
            assert not shown or totals[shown[0].pk] == wanted
            assert wanted >= 0

    @invariant()
    def every_cycle_has_what_counts_for_it(self) -> None:
        counted = {pk: (worth, entries) for pk, worth, entries in asked(_CYCLES)}
        assert sorted(counted) == sorted(cycle.pk for joined in self.joined for cycle in joined.values())
        for who in self.touched:
            present = list(cycles_of(self.people[who]))
            assert (who in self.outside) == any(cycle.kind == CycleKind.OUTSIDE for cycle in present)
            for cycle in [cycle for cycle in present if cycle.kind == CycleKind.FIVE_YEARS]:
                worth, entries = counted[cycle.pk]
                state = state_of(cycle, today=self.stage.today)
                assert sum(year.total for year in state.standing.years) == worth
                assert sum(sum(year.parts.values()) for year in state.standing.years) == worth
                assert state.standing.recommended is not None
                assert state.standing.recommended.done == worth
                assert has_credits(cycle) == bool(entries)

    @invariant()
    def one_version_of_the_rules_is_in_force(self) -> None:
        there = RuleSet.objects.filter(key=SET, state=SetState.PUBLISHED).values_list("number", flat=True)
        assert list(there) == [self.version]

    @invariant()
    def applications_agree_with_the_ledger(self) -> None:
        assert asked(_APPLICATIONS) == []
        assert asked(_SEATS) == []

    @precondition(lambda self: self.steps % 5 == 0)
    @invariant()
    def the_independent_sql_agrees(self) -> None:
        assert faults() == []  # of the book: some entries of this test come without the evidence that others compare
        self.touched = set(range(PEOPLE))
        self.every_sum_is_the_same()
        self.every_cycle_has_what_counts_for_it()
        assert UsedOrigin.objects.count() == LedgerEntry.objects.count()
        given: dict[int, int] = {}
        for version in [*self.programmes, *self.events]:
            given |= credits_given_by(version.item.organisation, [version.item_id])
        assert sum(given.values()) == sum(self.expected.values())

    @invariant()
    def what_has_arrived_has_its_entry(self) -> None:
        for row in Expectation.objects.filter(state=Awaited.ARRIVED):
            assert row.entry is not None
            assert row.entry.specialist_id == row.specialist_id
        assert not ConfirmationCode.objects.filter(state="annulled", activated_by__isnull=False).exists()


@pytest.mark.long
@pytest.mark.django_db
def test_l5_every_number_is_the_same_number_after_each_random_step() -> None:
    Book.stage, Book.reached = Stage(), set()
    run_state_machine_as_test(
        Book,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_l5_every_way_that_the_random_steps_may_take_is_walked_once() -> None:
    Book.stage, Book.reached = Stage(), set()
    book = Book()
    ways: list[Callable[[], object]] = [
        lambda: book.join(who=0, which=0),
        lambda: book.join(who=0, which=0),
        lambda: book.join(who=0, which=2),
        lambda: book.leave(who=0, which=2),
        lambda: book.enrol(who=0, what=0),
        lambda: book.finish(which=0, number=1, again=True),
        lambda: book.leave(who=0, which=0),
        lambda: book.change_of_mind(who=0),
        lambda: book.enrol(who=1, what=0),
        lambda: book.finish(which=0, number=1, again=False),
        lambda: book.expel(which=0),
        lambda: book.join(who=2, which=2),
        lambda: book.change_of_mind(who=2),
        lambda: book.join(who=2, which=2),
        lambda: book.write_rules(grows=True),
        lambda: book.publish_rules(who=0, drop=False),
        lambda: book.publish_rules(who=1, drop=False),
        lambda: book.publish_rules(who=1, drop=True),
        lambda: book.write_rules(grows=False),
        lambda: book.publish_rules(who=1, drop=False),
        lambda: book.issue(what=0, count=2),
        lambda: book.redeem(which=0, who=1, number=1),
        lambda: book.propose(who=1, which=0),
        lambda: book.decide(approve=True, which=0),
    ]
    for way in ways:
        way()
        book.every_sum_is_the_same()
        book.every_cycle_has_what_counts_for_it()
        book.one_version_of_the_rules_is_in_force()
        book.applications_agree_with_the_ledger()
        book.the_independent_sql_agrees()
        book.what_has_arrived_has_its_entry()
    book.teardown()
    assert Book.reached == REACHED


@pytest.mark.django_db(transaction=True)
def test_l5_the_check_notices_each_kind_of_damage() -> None:
    entry = an_entry()
    entry.refresh_from_db()
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
        cursor.execute("UPDATE credits_ledgerentry SET transaction = 1::bigint << 62")
        out_of_reach = faults()
        cursor.execute("UPDATE credits_ledgerentry SET transaction = %s", [entry.transaction])
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
    assert out_of_reach == [
        f"entries stand where no seal comes: {entry.pk}",
        f"seal {seal.pk} of the ledger: its 1 entries were changed, 0 are there",
    ]
    assert forgotten == [f"entries and used origins do not agree: {entry.pk}"]
    assert removed == [f"seal {seal.pk} of the ledger: its 1 entries were changed, 0 are there"]
