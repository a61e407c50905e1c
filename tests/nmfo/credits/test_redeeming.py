"""Activating a code: once, or with the reason why not; the books stay balanced (issue's list of bad input)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation
from tests.builders import a_practice, a_specialist, a_specialty, an_operator, facts
from tests.credit_builders import a_batch, a_registrar, an_entry, an_event, code_in

from foundation.audit.models import Entry as Trail
from foundation.errors import Refused
from nmfo.catalogue.models import Version
from nmfo.credits.deriving import digest_of
from nmfo.credits.models import ConfirmationCode, Expectation, LedgerEntry, LegacyCode
from nmfo.credits.operations.correcting import reverse
from nmfo.credits.operations.issuing import annul_codes, hand_out_codes, reveal_codes
from nmfo.credits.operations.posting import post
from nmfo.credits.operations.redeeming import redeem_code, tries_of
from nmfo.credits.queries.codes import codes_waiting_for
from nmfo.credits.rules.refusals import (
    CodeAnnulled,
    CodeExpired,
    CodeMistyped,
    CodeOfAnother,
    CodeSpentByAnother,
    CodeSpentByYou,
    CodeUnknown,
    CountedAlready,
    LevelDoesNotFit,
    OwnBatch,
    SpecialtyDoesNotFit,
    StaffCode,
    TooManyCodes,
)
from nmfo.credits.rules.words import CODE_TRIES, Awaited, CodeState, Source
from nmfo.organisations.models import Member
from nmfo.specialists.models import Specialist, Track

pytestmark = pytest.mark.django_db


def redeemed(specialist: Specialist, text: str, now: dt.datetime | None = None, ip: str = "127.0.0.1") -> LedgerEntry:
    now = now or timezone.now()
    return redeem_code(specialist=specialist, text=text, facts=facts(ip=ip), now=now)


def refused(expected: type[Refused], specialist: Specialist, text: str, now: dt.datetime | None = None) -> str:
    """The sentence of a refusal that has changed nothing."""
    before = (
        list(ConfirmationCode.objects.order_by("pk").values_list("state", "activated_by")),
        LedgerEntry.objects.count(),
    )
    with translation.override("ru"), pytest.raises(expected) as caught:
        redeemed(specialist, text, now)
    after = (
        list(ConfirmationCode.objects.order_by("pk").values_list("state", "activated_by")),
        LedgerEntry.objects.count(),
    )
    assert before == after
    return str(caught.value)


def test_a_code_gives_the_credits_of_its_event_on_the_day_of_the_event() -> None:
    event, doctor = an_event(), a_specialist()

    entry = redeemed(doctor, code_in(a_batch(event)))

    assert (entry.credits, entry.source, entry.version_id) == (3, Source.CODE, event.pk)
    assert event.ends_at is not None
    assert entry.earned_on == timezone.localdate(event.ends_at)
    code = ConfirmationCode.objects.get()
    assert (code.state, code.activated_by_id) == (CodeState.ACTIVATED, doctor.pk)
    assert Trail.objects.filter(action="code.activated", actor_id=doctor.account_id, subject_id=entry.pk).count() == 1


def test_the_second_time_it_says_when_it_was_used() -> None:
    doctor, text = a_specialist(), code_in(a_batch())
    redeemed(doctor, text, dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC))

    said = refused(CodeSpentByYou, doctor, text)

    assert said == "Вы уже ввели этот код 25\u00a0ноября\u00a02026. Баллы на счету."


def test_another_person_hears_that_it_was_used() -> None:
    text = code_in(a_batch())
    redeemed(a_specialist(), text)

    assert "уже ввёл другой человек" in refused(CodeSpentByAnother, a_specialist(), text)


def test_a_code_works_through_its_last_valid_day_and_not_after() -> None:
    batch = a_batch(count=2)
    last = timezone.make_aware(dt.datetime.combine(batch.valid_until_on, dt.time(23, 59)))

    refused(CodeExpired, a_specialist(), code_in(batch), last + dt.timedelta(minutes=1))
    entry = redeemed(a_specialist(), code_in(batch, 2), last)

    assert entry.credits == 3


def test_an_annulled_code_says_why() -> None:
    event = an_event()
    clerk = a_registrar(event.item.organisation)
    batch = a_batch(event, by=clerk)
    annul_codes(
        batch_id=batch.pk, numbers=[], reason="Напечатан дважды по ошибке.", by=clerk, facts=facts(), now=timezone.now()
    )

    said = refused(CodeAnnulled, a_specialist(), code_in(batch))
    assert said == (
        "Организатор аннулировал этот код: Напечатан дважды по ошибке. Если вы участвовали в мероприятии, попросите у "
        "организатора новый."
    )


def test_a_code_of_another_person_stays_theirs() -> None:
    owner, stranger = a_specialist(), a_specialist()
    batch = a_batch(people=[owner])

    refused(CodeOfAnother, stranger, code_in(batch))

    assert redeemed(owner, code_in(batch)).specialist_id == owner.pk


def test_a_code_that_was_never_issued() -> None:
    refused(CodeUnknown, a_specialist(), "NMO-0000-0000-00000")
    refused(CodeUnknown, a_specialist(), "пропуск 17")
    refused(CodeUnknown, a_specialist(), "")


def test_one_wrong_character_is_told_at_once() -> None:
    text = code_in(a_batch())
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")

    assert "опечатка" in refused(CodeMistyped, a_specialist(), wrong)


def test_a_specialty_that_does_not_fit_keeps_the_code() -> None:
    surgeon = a_specialist()
    a_practice(surgeon, a_specialty("Хирургия"))
    text = code_in(a_batch())

    said = refused(SpecialtyDoesNotFit, surgeon, text)

    assert "Хирургия" in said
    assert redeemed(a_specialist(), text).credits == 3


def test_an_older_name_of_the_specialty_fits() -> None:
    doctor, newer = a_specialist(), a_specialty()
    older = type(newer).objects.create(
        level=newer.level,
        name="Внутренние болезни",
        ground="приказ",
        valid_from_on=dt.date(2000, 1, 1),
        replaced_by=newer,
    )
    a_practice(doctor, older)

    assert redeemed(doctor, code_in(a_batch())).credits == 3


def test_a_level_that_does_not_fit_keeps_the_code() -> None:
    nurse = a_specialist()
    Track.objects.filter(specialist=nurse).update(level="secondary")

    said = refused(LevelDoesNotFit, nurse, code_in(a_batch()))

    assert "для специалистов с высшим образованием, а в вашем профиле указано среднее" in said


def test_an_event_for_nurses_says_so_to_a_doctor() -> None:
    said = refused(LevelDoesNotFit, a_specialist(), code_in(a_batch(an_event(levels=["secondary"]))))

    assert "для специалистов со средним образованием, а в вашем профиле указано высшее" in said
    assert "добавьте его в профиле" in said


def test_two_codes_of_one_event_count_once() -> None:
    doctor, batch = a_specialist(), a_batch(count=2)
    redeemed(doctor, code_in(batch))

    refused(CountedAlready, doctor, code_in(batch, 2))


def test_a_code_after_a_confirmed_presence_counts_once() -> None:
    doctor, event = a_specialist(), an_event()
    batch = a_batch(event)
    post(
        specialist_id=doctor.pk,
        version=event,
        source=Source.PRESENCE,
        origin="registration:1",
        earned_on=batch.earned_on,
        by=None,
        now=timezone.now(),
    )

    refused(CountedAlready, doctor, code_in(batch))


def test_a_code_by_name_is_offered_only_while_it_brings_credits() -> None:
    doctor, event = a_specialist(), an_event()
    batch = a_batch(event, people=[doctor])
    hand_out_codes(batch.pk, timezone.now())

    def offered() -> int:
        return codes_waiting_for(doctor, today=timezone.localdate()).count()

    before = offered()
    entry = post(
        specialist_id=doctor.pk,
        version=event,
        source=Source.PRESENCE,
        origin="registration:1",
        earned_on=batch.earned_on,
        by=None,
        now=timezone.now(),
    )
    credited = offered()
    reverse(entry=entry, reason="Отмечен однофамилец", by=an_operator(), now=timezone.now())

    assert (before, credited, offered()) == (1, 0, 1)


def test_who_issued_the_batch_does_not_use_its_codes() -> None:
    event = an_event()
    clerk = a_specialist()
    member = Member.objects.create(
        organisation=event.item.organisation, account=clerk.account, roles=["registrar"], joined_at=timezone.now()
    )

    refused(OwnBatch, clerk, code_in(a_batch(event, by=member)))


def a_colleague(event: Version, role: str = "registrar") -> tuple[Specialist, Member]:
    doctor, organisation = a_specialist(), event.item.organisation
    now = timezone.now()
    member = Member.objects.create(organisation=organisation, account=doctor.account, roles=[role], joined_at=now)
    return doctor, member


@pytest.mark.parametrize("role", ["owner", "registrar"])
def test_whoever_may_see_the_codes_of_a_colleague_uses_only_one_in_their_name(role: str) -> None:
    event = an_event()
    colleague, _member = a_colleague(event, role)

    said = refused(StaffCode, colleague, code_in(a_batch(event)))
    entry = redeemed(colleague, code_in(a_batch(event, people=[colleague])))

    assert said.endswith("Попросите коллег из неё выдать вам именной код.")
    assert entry.specialist_id == colleague.pk


def test_others_of_the_organisation_and_of_other_organisations_use_any_code() -> None:
    event = an_event()
    methodist, _member = a_colleague(event, "methodist")
    stranger, _member = a_colleague(an_event())
    former, member = a_colleague(event)
    Member.objects.filter(pk=member.pk).update(left_at=timezone.now())
    batch = a_batch(event, count=3)

    for number, doctor in enumerate((methodist, stranger, former), start=1):
        assert redeemed(doctor, code_in(batch, number)).specialist_id == doctor.pk


def test_who_could_see_the_codes_and_left_or_lost_the_right_since_uses_none() -> None:
    event = an_event()
    (left, thief), (moved, reader) = a_colleague(event), a_colleague(event)
    batch = a_batch(event)
    reveal_codes(batch_id=batch.pk, what="print", by=reader, facts=facts())
    Member.objects.filter(pk=thief.pk).update(left_at=timezone.now())
    Member.objects.filter(pk=reader.pk).update(roles=["methodist"])

    refused(StaffCode, left, code_in(batch))
    refused(StaffCode, moved, code_in(batch))
    assert redeemed(a_specialist(), code_in(batch)).credits == 3


def test_ten_unknown_codes_close_the_way_for_fifteen_minutes_and_then_it_opens() -> None:
    doctor, text = a_specialist(), code_in(a_batch())
    now = timezone.now().replace(minute=40, second=20, microsecond=0)
    for number in range(CODE_TRIES):
        refused(CodeUnknown, doctor, f"пропуск {number}", now)

    said = refused(TooManyCodes, doctor, text, now)

    told = now.replace(minute=56, second=0)  # not a second before: it opens twenty seconds after :55
    assert said == f"Слишком много попыток подряд. Снова можно в {timezone.localtime(told):%H:%M}\u00a0МСК."
    assert tries_of(doctor, facts=facts(), now=now).opens_at == told
    refused(TooManyCodes, doctor, text, now + dt.timedelta(minutes=14))
    assert redeemed(doctor, text, told).credits == 3


def test_codes_that_exist_are_no_guesses() -> None:
    doctor, now, batch = a_specialist(), timezone.now(), a_batch()
    redeemed(doctor, code_in(batch), now)
    for _number in range(CODE_TRIES + 2):
        refused(CodeSpentByYou, doctor, code_in(batch), now)

    assert redeemed(doctor, code_in(a_batch()), now).credits == 3


def test_guesses_of_many_people_from_one_network_are_counted_together() -> None:
    now = timezone.now()
    for _person in range(20):
        doctor = a_specialist()
        for number in range(5):
            refused(CodeUnknown, doctor, f"пропуск {number}", now)

    refused(TooManyCodes, a_specialist(), "пропуск 1", now)
    assert redeemed(a_specialist(), code_in(a_batch()), now, ip="198.51.100.9").credits == 3


def test_a_closed_network_uses_up_nobodys_own_tries() -> None:
    now, text, doctor = timezone.now(), code_in(a_batch()), a_specialist()
    for _person in range(20):
        guesser = a_specialist()
        for number in range(5):
            refused(CodeUnknown, guesser, f"пропуск {number}", now)

    for _try in range(CODE_TRIES + 2):
        refused(TooManyCodes, doctor, text, now)

    assert redeemed(doctor, text, now, ip="198.51.100.9").credits == 3


def test_what_was_awaited_by_code_is_settled() -> None:
    doctor = a_specialist()
    batch = a_batch(people=[doctor])
    hand_out_codes(batch.pk, timezone.now())
    assert Expectation.objects.get().state == Awaited.AWAITED

    entry = redeemed(doctor, code_in(batch))

    assert (Expectation.objects.get().state, Expectation.objects.get().entry_id) == (Awaited.ARRIVED, entry.pk)


def test_a_code_of_the_closed_portal_is_an_opaque_string_and_works_once() -> None:
    doctor = a_specialist()
    LegacyCode.objects.create(
        digest=digest_of("legacy", "sn-000777/аб"),
        title="Вебинар «Анемии»",
        part="event",
        credits=2,
        earned_on=dt.date(2018, 5, 18),
    )

    entry = redeemed(doctor, "  SN-000777/АБ ")

    assert (entry.credits, entry.source, entry.title) == (2, Source.LEGACY, "Вебинар «Анемии»")
    refused(CodeSpentByYou, doctor, "sn-000777/аб")
    refused(CodeSpentByAnother, a_specialist(), "sn-000777/аб")


def test_the_tables_know_no_code() -> None:
    batch = a_batch(count=3)

    texts = [code_in(batch, number).replace("-", "") for number in (1, 2, 3)]

    assert len(set(texts)) == 3
    for code in ConfirmationCode.objects.all():
        assert all(text[3:] not in code.digest.upper() for text in texts)
        assert len(code.digest) == 64


def test_an_entry_of_another_kind_is_not_disturbed() -> None:
    doctor = a_specialist()
    an_entry(doctor)

    redeemed(doctor, code_in(a_batch()))

    assert LedgerEntry.objects.filter(specialist=doctor).count() == 2
