"""Requests about credits: missing ones, disputed entries and refusals, and what settles them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

import pytest
from django.utils import timezone
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_programme, an_entry, an_event, disputed
from tests.nmfo.credits.builders import (
    a_claim,
    a_dispute_of_a_refusal,
    arrived,
    awaited_by,
    by_hand,
    decided,
    proposed,
)

from foundation.audit.models import Entry as Trail
from foundation.mail.models import Letter
from nmfo.credits.models import Claim, LedgerEntry
from nmfo.credits.operations.claiming import (
    MissingCredit,
    dispute_entry,
    dispute_expectation,
    grant_claim,
    refuse_claim,
    report_missing,
)
from nmfo.credits.operations.expecting import expect, refuse_expected
from nmfo.credits.queries.claims import claims_of, entries_settling, open_requests_like
from nmfo.credits.queries.ledger import (
    balance_of,
)
from nmfo.credits.rules.refusals import (
    AskedAlike,
    ClaimDecided,
    ClaimOpen,
    CorrectionWaits,
    EntryNotNamed,
    EntryUnknown,
    FormUsed,
    NothingDone,
    TextMissing,
    TextTooLong,
    TextTooShort,
)
from nmfo.credits.rules.words import ClaimState, Holder, Part, Source

pytestmark = pytest.mark.django_db


def test_a_request_is_answered_once_and_its_person_hears_of_it() -> None:
    claim = a_claim()

    refuse_claim(
        claim_id=claim.pk,
        answer="Организатор не нашёл вас в списках",
        by=an_operator(),
        facts=facts(),
        now=timezone.now(),
    )

    letters = {letter.kind: letter.text or "" for letter in Letter.objects.all()}
    assert set(letters) == {"claim_opened", "claim_answered"}
    assert all("Речь о «Конференция терапевтов»." in text for text in letters.values())
    with pytest.raises(ClaimDecided):
        grant_claim(
            claim_id=claim.pk, answer="Уже на счету, проверьте", by=an_operator(), facts=facts(), now=timezone.now()
        )


def test_the_letters_of_a_dispute_say_what_it_is_about() -> None:
    doctor = a_specialist()
    given: dict[str, Any] = {"text": "Часов было больше", "form_key": "a", "facts": facts(), "now": timezone.now()}
    entry = an_entry(doctor, a_programme(title="Анемии на приёме"))

    claim = dispute_entry(specialist=doctor, entry_id=entry.pk, **given)
    refuse_claim(
        claim_id=claim.pk, answer="Запись верна, часов столько", by=an_operator(), facts=facts(), now=timezone.now()
    )

    for kind in ("claim_opened", "claim_answered"):
        text = Letter.objects.get(kind=kind).text or ""
        assert f"Речь о записи № {entry.pk} «Анемии на приёме», 36 ЗЕТ." in text.splitlines()[0]


def test_the_letter_of_a_disputed_reversal_writes_a_minus() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor, a_programme(title="Анемии на приёме"))
    decided(proposed(entry))
    reversal = LedgerEntry.objects.get(reverses=entry)

    dispute_entry(
        specialist=doctor,
        entry_id=reversal.pk,
        text="Часы были, вот удостоверение",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )

    text = Letter.objects.get(kind="claim_opened").text or ""
    assert f"Речь о записи № {reversal.pk} «Анемии на приёме», −36 ЗЕТ." in text


def test_the_letter_of_an_answer_in_favour_names_the_entries_that_settle_the_request() -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    decided(by_hand(claim))
    entry = LedgerEntry.objects.get()

    text = Letter.objects.get(kind="claim_answered").text or ""

    assert f"[Запись № {entry.pk}](" in text
    assert f"/specialist/credits/{entry.pk}/) {entry.title}, +{entry.credits} ЗЕТ, " in text
    assert entries_settling([Claim.objects.get()]) == {claim.pk: [entry]}


def test_an_entry_that_has_settled_a_request_settles_no_other() -> None:
    doctor = a_specialist()
    claims = [
        report_missing(
            specialist=doctor,
            missing=MissingCredit(part=Part.EVENT, title=title, held_on=None, organisation_name="Общество"),
            text="Был на конференции, балл не пришёл",
            form_key=title,
            facts=facts(),
            now=timezone.now(),
        )
        for title in ("Конференция терапевтов", "Съезд кардиологов")
    ]
    first = an_entry(doctor)
    given: dict[str, Any] = {"answer": "Баллы пришли своим путём", "by": an_operator(), "facts": facts()}

    with pytest.raises(EntryNotNamed):  # it may be of something else: the operator says that it is not
        grant_claim(claim_id=claims[0].pk, now=timezone.now(), **given)
    grant_claim(claim_id=claims[0].pk, entry_id=first.pk, now=timezone.now(), **given)
    with pytest.raises(NothingDone):
        grant_claim(claim_id=claims[1].pk, entry_id=first.pk, now=timezone.now(), **given)
    second = an_entry(doctor, a_programme())
    granted = grant_claim(claim_id=claims[1].pk, entry_id=second.pk, now=timezone.now(), **given)

    assert granted.state == "granted"


@pytest.mark.parametrize(
    ("said", "is_asked"),
    [
        ({}, True),
        ({"title": "Конференция терапевтов Сибири"}, True),
        ({"held_on": None}, True),
        ({"held_on": dt.date(2026, 5, 28)}, True),
        ({"held_on": dt.date(2026, 5, 29)}, False),  # of other days, as each year's conference is
        ({"title": "Школа гипноза"}, False),
        ({"part": Part.PROGRAMME}, False),
    ],
)
def test_a_request_like_an_open_one_is_asked_about(said: dict[str, Any], is_asked: bool) -> None:
    doctor = a_specialist()
    first = a_claim(doctor, "Конференция терапевтов Сибири и Урала")
    given: dict[str, Any] = {
        "part": Part.EVENT,
        "title": first.title,
        "held_on": dt.date(2026, 5, 14),
        "organisation_name": "",
    }

    def sent(beside: Collection[int] = ()) -> Claim:
        return report_missing(
            specialist=doctor,
            missing=MissingCredit(**{**given, **said}),
            text="Балл не пришёл",
            form_key="second",
            facts=facts(),
            now=timezone.now(),
            beside=beside,
        )

    if is_asked:
        with pytest.raises(AskedAlike, match=first.number):
            sent()
        assert Claim.objects.get() == first
    second = sent([first.pk] if is_asked else [])

    assert sent() == second  # the same form again has its answer
    assert list(claims_of(doctor)) == [second, first]


def test_only_what_is_open_and_ones_own_is_asked_about_again() -> None:
    doctor, claim = a_specialist(), a_claim()
    refuse_claim(
        claim_id=a_claim(doctor).pk, answer="Вас не было в списке", by=an_operator(), facts=facts(), now=timezone.now()
    )

    found = open_requests_like(doctor, title=claim.title, held_on=None, part=claim.part)

    assert found == []
    assert open_requests_like(claim.specialist, title=claim.title, held_on=None, part=claim.part) == [claim]


def test_titles_of_which_no_word_tells_anything_are_alike_when_they_are_the_same() -> None:
    doctor = a_specialist()
    claim = a_claim(doctor, "Вебинар")

    found = [open_requests_like(doctor, title=said, held_on=None, part=Part.EVENT) for said in (" вебинар", "Семинар")]

    assert found == [[claim], []]


def test_a_dispute_of_an_entry_is_one_at_a_time_and_only_of_ones_own() -> None:
    doctor = a_specialist()
    entry = an_entry(doctor)
    given = {"entry_id": entry.pk, "facts": facts(), "now": timezone.now()}

    for text, refusal in ((" ", TextMissing), ("нет", TextTooShort), ("я" * 2001, TextTooLong)):
        with pytest.raises(refusal):
            dispute_entry(specialist=doctor, text=text, form_key="a", **given)  # type: ignore[arg-type]
    claim = dispute_entry(specialist=doctor, text="Часов было больше", form_key="a", **given)  # type: ignore[arg-type]
    again = dispute_entry(specialist=doctor, text="Часов было больше", form_key="a", **given)  # type: ignore[arg-type]
    with pytest.raises(ClaimOpen):
        dispute_entry(specialist=doctor, text="Часов было больше", form_key="b", **given)  # type: ignore[arg-type]
    with pytest.raises(EntryUnknown):
        dispute_entry(specialist=a_specialist(), text="Часов было больше", form_key="a", **given)  # type: ignore[arg-type]

    assert claim.pk == again.pk


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Съезд терапевтов"},
        {"part": Part.PROGRAMME},
        {"held_on": dt.date(2026, 5, 15)},
        {"held_on": None},
        {"organisation_name": "Академия"},
    ],
)
def test_the_form_of_a_missing_credit_says_the_same_when_it_is_sent_again(changes: dict[str, Any]) -> None:
    doctor = a_specialist()
    said: dict[str, Any] = {
        "part": Part.EVENT,
        "title": "Конференция",
        "held_on": dt.date(2026, 5, 14),
        "organisation_name": " Общество ",
    }

    def sent(**values: Any) -> Claim:
        return report_missing(
            specialist=doctor,
            missing=MissingCredit(**{**said, **values}),
            text="Балл не пришёл",
            form_key="a",
            facts=facts(),
            now=timezone.now(),
        )

    first = sent()

    assert sent() == first
    with pytest.raises(FormUsed):
        sent(**changes)
    assert Claim.objects.count() == 1


def test_the_form_of_a_dispute_is_about_the_same_when_it_is_sent_again() -> None:
    doctor = a_specialist()
    rows = [an_entry(doctor), an_entry(doctor)]
    given: dict[str, Any] = {"text": "Часов было больше", "form_key": "a", "facts": facts(), "now": timezone.now()}
    dispute_entry(specialist=doctor, entry_id=rows[0].pk, **given)
    awaited = a_dispute_of_a_refusal(doctor, form_key="b").expectation

    with pytest.raises(FormUsed):
        dispute_entry(specialist=doctor, entry_id=rows[1].pk, **given)
    with pytest.raises(FormUsed):
        disputed(awaited_by(doctor), "b")

    assert [claim.entry or claim.expectation for claim in Claim.objects.order_by("pk")] == [rows[0], awaited]


def test_what_was_refused_can_be_disputed() -> None:
    doctor, event = a_specialist(), an_event()
    row = expect(
        specialist_id=doctor.pk,
        version=event,
        source=Source.CODE,
        origin="registration:3",
        began_on=dt.date(2026, 11, 2),
        holder=Holder.ORGANISATION,
        due_on=None,
        now=timezone.now(),
    )
    refuse_expected(
        specialist_id=doctor.pk,
        source=Source.CODE,
        origin="registration:3",
        reason="Отмечено 40 минут",
        now=timezone.now(),
    )

    claim = dispute_expectation(
        specialist=doctor,
        expectation_id=row.pk,
        text="Я был весь вебинар",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )

    assert claim.expectation_id == row.pk


@pytest.mark.parametrize("act", [grant_claim, refuse_claim])
def test_a_request_is_not_answered_while_a_correction_for_it_waits(act: Callable[..., Claim]) -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    proposal = by_hand(claim)
    words: dict[str, object] = {"answer": "Проверили ведомость", "facts": facts(), "now": timezone.now()}

    with pytest.raises(CorrectionWaits):
        act(claim_id=claim.pk, by=an_operator(), **words)
    decided(proposal, approve=False, words="Ведомость проверена, вас в ней нет")
    came = an_entry(doctor)
    named = {"entry_id": came.pk} if act is grant_claim else {}
    act(claim_id=claim.pk, by=an_operator(), **words, **named)

    assert balance_of(doctor) == 36
    with pytest.raises(ClaimDecided):
        by_hand(claim)


def test_a_dispute_of_an_entry_is_settled_alone_only_when_the_entry_was_corrected() -> None:
    doctor, version = a_specialist(), a_programme()
    entry = an_entry(doctor, version)
    given: dict[str, Any] = {"by": an_operator(), "facts": facts(), "now": timezone.now()}
    words = "Запись исправлена, проверьте счёт"

    first = disputed(entry)
    an_entry(doctor)  # of another programme
    with pytest.raises(NothingDone):
        grant_claim(claim_id=first.pk, answer=words, **given)
    put_right = an_entry(doctor, version)
    grant_claim(claim_id=first.pk, answer=words, **given)
    second = disputed(entry, "b")
    with pytest.raises(NothingDone):  # what was done before it was opened is not for it
        grant_claim(claim_id=second.pk, answer=words, **given)
    decided(proposed(entry))
    grant_claim(claim_id=second.pk, answer=words, **given)

    settled = Trail.objects.filter(action="claim.granted").order_by("pk").values_list("after__settled_by", flat=True)
    assert list(settled) == [[put_right.pk], [LedgerEntry.objects.get(reverses=entry).pk]]


def test_a_dispute_of_an_awaited_credit_is_settled_alone_only_when_it_came() -> None:
    doctor = a_specialist()
    claim = a_dispute_of_a_refusal(doctor)
    given: dict[str, Any] = {"by": an_operator(), "facts": facts(), "now": timezone.now()}
    an_entry(doctor)

    with pytest.raises(NothingDone):
        grant_claim(claim_id=claim.pk, answer="Балл уже на счету", **given)
    arrived(claim)

    assert grant_claim(claim_id=claim.pk, answer="Балл уже на счету", **given).state == ClaimState.GRANTED


def test_a_correction_of_a_request_that_was_answered_can_be_declined_only() -> None:
    doctor = a_specialist()
    claim = a_claim(doctor)
    proposal = by_hand(claim)
    Claim.objects.filter(pk=claim.pk).update(
        state=ClaimState.REFUSED, answer="Нет в ведомости", decided_at=timezone.now(), decided_by=an_operator()
    )

    with pytest.raises(ClaimDecided):
        decided(proposal)
    decided(proposal, approve=False, words="На обращение уже ответили")

    assert balance_of(doctor) == 0
