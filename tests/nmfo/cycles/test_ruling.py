"""Rule sets as rows: loaded once, changed by new versions, published by a second operator when golden cases pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.builders import a_specialist, a_specialty, an_account, an_operator, facts
from tests.cycle_builders import a_cycle, at_once, rules_in_force

from foundation.audit.models import Entry
from nmfo.accounts.models import Account
from nmfo.cycles.models import Extension, GoldenCase, RequirementRow, RuleSet
from nmfo.cycles.operations.loading import load_rules
from nmfo.cycles.operations.ruling import (
    CaseTexts,
    SetTexts,
    bring_case,
    drop_draft,
    publish_draft,
    save_draft,
    start_draft,
)
from nmfo.cycles.queries.sets import acts, cases_with, effect_of, golden_cases, run_cases, sets_in_force, try_draft
from nmfo.cycles.rules.refusals import (
    CaseMalformed,
    CasesFail,
    DatesMixed,
    DraftUnderWay,
    NotOperator,
    OwnDraft,
    ReasonNeeded,
    SetMoved,
    SetUnknown,
)
from nmfo.cycles.rules.words import SetState

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

    assert [
        result.case.key for result in run_cases(golden_cases(), sets_in_force(), acts()) if result.differences
    ] == []
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


def a_case(key: str, **changes: object) -> CaseTexts:
    """The live case of a key, or a new one about a person without documents."""
    live = GoldenCase.objects.filter(key=key).first()
    given = CaseTexts(
        key=key,
        title=live.title if live else "Новый пример",
        source=live.source if live else "Приказ",
        facts=live.facts if live else {"today": "2026-11-23"},
        expected=live.expected if live else {"minimum": {"set": "order-709n"}},
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def bring(draft: RuleSet, case: CaseTexts, by: Account) -> RuleSet:
    bring_case(set_id=draft.pk, case=case, by=by, facts=facts(), now=timezone.now())
    return RuleSet.objects.get(pk=draft.pk)


def test_a_law_that_changes_answers_brings_its_cases_along() -> None:
    writer = an_operator()
    draft = a_draft(writer, valid_until_on=dt.date(2030, 12, 31))
    key = "order-709n-after-2029"
    assert [result.case.key for result in try_draft(draft) if result.differences] == [key]
    case = a_case(key)
    expected = {**case.expected, "minimum": {**case.expected["minimum"], "why": "in_force"}}

    draft = bring(draft, replace(case, expected=expected), writer)
    draft = bring(draft, a_case("new-one"), writer)
    publish(draft, an_operator())

    assert {case.key for case in golden_cases()} >= {key, "new-one"}
    assert [row.brought_by_id for row in GoldenCase.objects.filter(key=key).order_by("pk")] == [None, draft.pk]
    assert GoldenCase.objects.get(key=key, brought_by=None).retired_at is not None
    assert [one for one in run_cases(golden_cases(), sets_in_force(), acts()) if one.differences] == []
    load_rules(now=timezone.now())
    assert golden_cases().get(key=key).brought_by_id == draft.pk
    assert Entry.objects.filter(action="rule_set.case_written", subject_id=draft.pk).count() == 2


def test_a_draft_may_take_a_case_away_and_nothing_changes_before_it_is_published() -> None:
    writer = an_operator()
    draft = bring(a_draft(writer), a_case("no-document", removes=True), writer)

    assert golden_cases().filter(key="no-document").exists()
    assert "no-document" not in {case.key for case in cases_with(draft)}
    publish(draft, an_operator())
    assert not golden_cases().filter(key="no-document").exists()
    load_rules(now=timezone.now())
    assert not golden_cases().filter(key="no-document").exists()


def test_who_brings_a_case_has_written_in_the_draft() -> None:
    second = an_operator()
    draft = bring(a_draft(an_operator()), a_case("new-one"), second)

    with pytest.raises(OwnDraft):
        publish(draft, second)


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {}},
        {"facts": {"today": "завтра"}},
        {"facts": {"today": "2026-01-01", "earned": [["2026-01-01", "event"]]}},
        {"facts": {"today": "2026-01-01", "document": "нет"}},
        {"expected": {}},
        {"expected": {"other": {"set": ""}}},
        {"expected": {"minimum": {}}},
    ],
)
def test_a_case_that_cannot_be_run_is_refused(changes: dict[str, object]) -> None:
    writer = an_operator()
    draft = a_draft(writer)

    with pytest.raises(CaseMalformed):
        bring(draft, a_case("new-one", **changes), writer)


def test_the_effect_counts_the_cycles_that_would_be_measured_otherwise() -> None:
    today = timezone.localdate()
    for doctor, years in ((a_specialist(), 1), (a_specialist(), 3)):
        a_cycle(doctor, today.replace(day=1) - dt.timedelta(days=365 * years))
    a_cycle(a_specialist(), today.replace(day=1) - dt.timedelta(days=365 * 2), specialty=a_specialty("Кардиология"))
    draft = a_draft(an_operator())
    assert effect_of(draft, today).changed == 0

    row = in_force()
    asked = tuple(replace(one.facts, credits=150) if one.credits == 144 else one.facts for one in row.asked.all())
    draft = save_draft(
        set_id=draft.pk, texts=texts(draft, requirements=asked), by=an_operator(), facts=facts(), now=timezone.now()
    )
    found = effect_of(draft, today)

    assert (found.running, found.changed) == (3, 3)
    assert [(one.key, one.before, one.after) for one in found.counts] == [("order-709n", 3, 3)]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_is_told_it_has_moved() -> None:
    draft = a_draft(an_operator())
    publishers = [an_operator(), an_operator()]

    results = at_once(*[partial(publish, draft, by) for by in publishers])

    assert sorted(type(one).__name__ for one in results) == ["RuleSet", "SetMoved"]
