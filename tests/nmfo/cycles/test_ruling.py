"""Rule sets as rows: loaded once, changed by new versions, published by a second operator when golden cases pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.builders import an_account, an_operator, facts
from tests.cycle_builders import at_once, rules_in_force

from foundation.audit.models import Entry
from nmfo.accounts.models import Account
from nmfo.cycles.models import Extension, GoldenCase, RequirementRow, RuleSet
from nmfo.cycles.operations.loading import load_rules
from nmfo.cycles.operations.ruling import SetTexts, drop_draft, publish_draft, save_draft, start_draft
from nmfo.cycles.queries import acts, run_cases, sets_in_force
from nmfo.cycles.rules import (
    CasesFail,
    DatesMixed,
    DraftUnderWay,
    NotOperator,
    OwnDraft,
    ReasonNeeded,
    SetMoved,
    SetState,
    SetUnknown,
)

pytestmark = pytest.mark.django_db


def in_force(key: str = "order-709n") -> RuleSet:
    rules_in_force()
    return RuleSet.objects.prefetch_related("asked").get(key=key, state=SetState.PUBLISHED)


def texts(row: RuleSet, **changes: object) -> SetTexts:
    """What the set says, with changes."""
    given = SetTexts(
        title=row.title,
        ground=row.ground,
        source=row.source,
        valid_from_on=row.valid_from_on,
        valid_until_on=row.valid_until_on,
        requirements=tuple(one.facts for one in row.asked.all()),
        reason="Приказ продлён до 2030 года",
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def a_draft(by: Account, **changes: object) -> RuleSet:
    draft = start_draft(set_id=in_force().pk, by=by, facts=facts(), now=timezone.now())
    return save_draft(set_id=draft.pk, texts=texts(draft, **changes), by=by, facts=facts(), now=timezone.now())


def publish(draft: RuleSet, by: Account) -> RuleSet:
    return publish_draft(set_id=draft.pk, seen=draft.written_at.isoformat(), by=by, facts=facts(), now=timezone.now())


def test_loading_again_changes_nothing_and_leaves_operators_versions() -> None:
    rules_in_force()
    published = publish(a_draft(an_operator(), title="Новое название"), an_operator())

    loaded = load_rules(now=timezone.now())

    assert loaded.rule_sets == 6
    assert (loaded.extensions, loaded.cases) == (Extension.objects.count(), GoldenCase.objects.count())
    assert RuleSet.objects.filter(key="order-709n").count() == 2
    assert in_force().pk == published.pk


def test_the_golden_cases_pass_over_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    rules_in_force()

    assert [result.case.key for result in run_cases(sets_in_force(), acts()) if result.differences] == []
    call_command("rule_sets", "check")
    assert capsys.readouterr().out == f"{GoldenCase.objects.count()} golden cases pass\n"


def test_what_was_published_never_changes() -> None:
    row = in_force()
    for change in (
        lambda: RuleSet.objects.filter(pk=row.pk).update(title="другое"),
        lambda: RequirementRow.objects.filter(rule_set=row).update(credits=1),
        lambda: RequirementRow.objects.create(rule_set=row, position=9, ask="paper", text="ещё"),
        lambda: RequirementRow.objects.filter(rule_set=row).delete(),
        lambda: RuleSet.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            change()


def test_a_draft_is_a_copy_and_replaces_when_a_second_operator_publishes_it() -> None:
    writer, publisher = an_operator(), an_operator()
    former = in_force()
    draft = a_draft(writer, valid_until_on=dt.date(2028, 12, 30))

    published = publish(draft, publisher)

    former.refresh_from_db()
    assert (former.state, former.superseded_at is not None) == (SetState.SUPERSEDED, True)
    assert (published.number, published.state, published.published_by) == (2, SetState.PUBLISHED, publisher)
    assert [row.facts for row in published.asked.all()] == [row.facts for row in former.asked.all()]
    assert next(one for one in sets_in_force() if one.key == "order-709n").valid_until_on == dt.date(2028, 12, 30)
    trail = Entry.objects.filter(subject="rule_set", subject_id=draft.pk).order_by("id")
    assert [(row.action, row.actor_id) for row in trail] == [
        ("rule_set.begun", writer.pk),
        ("rule_set.written", writer.pk),
        ("rule_set.published", publisher.pk),
    ]
    assert trail[2].before["valid"] == ["2023-01-01", "2028-12-31"]
    assert trail[2].after["valid"] == ["2023-01-01", "2028-12-30"]


def test_nobody_publishes_what_they_wrote_not_even_before_the_last_writer() -> None:
    first, second, third = an_operator(), an_operator(), an_operator()
    draft = a_draft(first)
    draft = save_draft(set_id=draft.pk, texts=texts(draft), by=second, facts=facts(), now=timezone.now())

    for writer in (first, second):
        with pytest.raises(OwnDraft):
            publish(draft, writer)

    assert publish(draft, third).published_by == third


def test_the_same_human_under_another_account_is_the_same() -> None:
    writer = an_operator()
    draft = a_draft(writer)
    other = an_operator()
    other.snils = writer.snils

    with pytest.raises(OwnDraft):
        publish(draft, other)


def test_a_failing_golden_case_blocks_publication() -> None:
    row = in_force()
    wrong = tuple(replace(one.facts, credits=100) if one.credits == 72 else one.facts for one in row.asked.all())
    draft = a_draft(an_operator(), requirements=wrong)

    with pytest.raises(CasesFail):
        publish(draft, an_operator())

    assert in_force().pk == row.pk


def test_only_a_draft_with_a_reason_that_was_read_is_published() -> None:
    writer, publisher = an_operator(), an_operator()
    draft = start_draft(set_id=in_force().pk, by=writer, facts=facts(), now=timezone.now())
    with pytest.raises(ReasonNeeded):
        publish(draft, publisher)

    read = RuleSet.objects.get(pk=draft.pk)
    written = save_draft(set_id=draft.pk, texts=texts(draft), by=writer, facts=facts(), now=timezone.now())
    with pytest.raises(SetMoved):
        publish(read, publisher)

    publish(written, publisher)
    with pytest.raises(SetMoved):
        publish(written, publisher)


def test_a_draft_refuses_what_contradicts_itself() -> None:
    by = an_operator()
    draft = a_draft(by)

    for refusal, changes in (
        (ReasonNeeded, {"reason": " "}),
        (DatesMixed, {"valid_until_on": dt.date(2022, 1, 1)}),
    ):
        with pytest.raises(refusal):
            save_draft(set_id=draft.pk, texts=texts(draft, **changes), by=by, facts=facts(), now=timezone.now())


def test_a_dropped_draft_leaves_room_for_another() -> None:
    by = an_operator()
    draft = a_draft(by)
    with pytest.raises(DraftUnderWay):
        start_draft(set_id=in_force().pk, by=by, facts=facts(), now=timezone.now())

    drop_draft(set_id=draft.pk, by=by, facts=facts(), now=timezone.now())

    assert start_draft(set_id=in_force().pk, by=by, facts=facts(), now=timezone.now()).number == 3
    with pytest.raises(SetMoved):
        drop_draft(set_id=draft.pk, by=by, facts=facts(), now=timezone.now())


def test_only_operators_touch_rule_sets() -> None:
    stranger, row = an_account(), in_force()
    draft = a_draft(an_operator())

    with pytest.raises(NotOperator):
        start_draft(set_id=row.pk, by=stranger, facts=facts(), now=timezone.now())
    with pytest.raises(NotOperator):
        publish(draft, stranger)
    with pytest.raises(SetUnknown):
        start_draft(set_id=0, by=an_operator(), facts=facts(), now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_is_told_it_has_moved() -> None:
    draft = a_draft(an_operator())
    publishers = [an_operator(), an_operator()]

    results = at_once(*[partial(publish, draft, by) for by in publishers])

    assert sorted(type(one).__name__ for one in results) == ["RuleSet", "SetMoved"]
