"""What operators decide about items, through the operations."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from tests.builders import an_account, an_operator, facts
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, run_of

from foundation.errors import Refused
from foundation.mail.models import Letter
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, Remark, Run, SearchRow, Version
from nmfo.catalogue.operations import authoring, reviewing, running
from nmfo.catalogue.queries import facts_of
from nmfo.catalogue.rules.refusals import (
    EventHasBegun,
    FieldUnknown,
    ItemNotPublished,
    ItemUnknown,
    NothingToReturnFor,
    NotOfOperators,
    OwnItem,
    ReasonMissing,
    TakenByAnother,
    VersionIncomplete,
    VersionMoved,
)
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole


def publish(version: Version, by: Account) -> Version:
    return reviewing.publish_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now())


def give_back(version: Version, by: Account, words: str = "Уточните цели") -> Version:
    return reviewing.return_version(version_id=version.pk, words=words, by=by, facts=facts(), now=timezone.now())


def remark(version: Version, by: Account, field: str = "aims", text: str = "Цели не измеримы") -> Remark:
    return reviewing.add_remark(version_id=version.pk, field=field, text=text, by=by, facts=facts(), now=timezone.now())


@pytest.mark.django_db
def test_a_published_version_is_found_at_once_and_its_authors_are_told() -> None:
    owner = a_writer()
    methodist = a_writer(StaffRole.METHODIST, organisation=owner.organisation)
    version = a_submitted(methodist)

    publish(version, an_operator())

    version.refresh_from_db()
    row = SearchRow.objects.get()
    assert (version.state, row.listed, row.version_id, row.title) == ("published", True, version.pk, version.title)
    letters = Letter.objects.filter(kind="item_published")
    assert {letter.account_id for letter in letters} == {owner.account_id, methodist.account_id}


@pytest.mark.django_db
def test_a_new_version_replaces_the_former_and_takes_its_runs_without_people() -> None:
    by, operator = a_writer(), an_operator()
    item = a_published(by, operator)
    former, now = item.versions.get(), timezone.now()
    free, taken, begun, cancelled = (
        running.add_run(item_id=item.pk, run=run_of(), by=by, facts=facts(), now=now) for _number in range(4)
    )
    Run.objects.filter(pk=taken.pk).update(taken=1)
    Run.objects.filter(pk=begun.pk).update(begins_on=timezone.localdate(), apply_until_on=timezone.localdate())
    running.cancel_run(run_id=cancelled.pk, reason="Болезнь", by=by, facts=facts(), now=now)
    new = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=now)
    authoring.submit_version(version_id=new.pk, by=by, facts=facts(), now=now)

    publish(new, operator)

    former.refresh_from_db()
    assert (former.state, SearchRow.objects.get().version_id) == ("superseded", new.pk)
    assert dict(Run.objects.values_list("pk", "version_id")) == {
        free.pk: new.pk,
        taken.pk: former.pk,
        begun.pk: former.pk,
        cancelled.pk: former.pk,
    }


@pytest.mark.django_db
def test_a_returned_version_comes_back_with_its_remarks_and_a_letter() -> None:
    by, operator = a_writer(), an_operator()
    version = a_submitted(by)
    with pytest.raises(NothingToReturnFor):
        give_back(version, operator, words=" ")
    remark(version, operator)

    give_back(version, operator, words="")

    version.refresh_from_db()
    assert (version.state, version.decision) == ("returned", "См. замечания у полей")
    letter = Letter.objects.get(kind="item_returned")
    assert "Цели и результаты: Цели не измеримы" in (letter.text or "")
    assert f"/organisation/items/{version.item_id}/edit/#at-aims)" in (letter.text or "")


@pytest.mark.django_db
def test_remarks_are_settled_by_the_next_decision() -> None:
    by, operator, now = a_writer(), an_operator(), timezone.now()
    version = a_submitted(by)
    first = remark(version, operator)
    mistaken = remark(version, operator, field="", text="Не то")
    reviewing.drop_remark(version_id=version.pk, remark_id=mistaken.pk, by=operator, facts=facts(), now=now)
    give_back(version, operator)
    authoring.submit_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now())
    second = remark(version, operator, field="title", text="Короче")
    give_back(version, operator)

    assert set(Remark.objects.filter(settled_at=None)) == {second}
    assert Remark.objects.get(pk=first.pk).settled_at is not None

    authoring.submit_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now())
    publish(version, operator)
    assert not Remark.objects.filter(settled_at=None).exists()


@pytest.mark.django_db
def test_a_remark_stands_at_a_field_of_the_kind_and_says_something() -> None:
    version, operator = a_submitted(a_writer(), "module"), an_operator()

    with pytest.raises(FieldUnknown):
        remark(version, operator, field="hours")
    with pytest.raises(ReasonMissing):
        remark(version, operator, text=" ")


@pytest.mark.django_db
def test_what_has_become_unfit_while_it_waited_is_not_published() -> None:
    version, operator = a_submitted(a_writer(), "event"), an_operator()

    with pytest.raises(VersionIncomplete) as caught:
        reviewing.publish_version(
            version_id=version.pk, by=operator, facts=facts(), now=timezone.now() + dt.timedelta(days=31)
        )

    assert [field for field, _problem in caught.value.problems] == ["begins_at"]
    assert Version.objects.get().state == "submitted"


@pytest.mark.django_db
def test_what_is_not_submitted_is_not_decided() -> None:
    by, operator = a_writer(), an_operator()
    draft = a_draft(by)
    with pytest.raises(ItemUnknown):
        publish(draft, operator)
    authoring.submit_version(version_id=draft.pk, by=by, facts=facts(), now=timezone.now())
    authoring.take_back(version_id=draft.pk, by=by, facts=facts(), now=timezone.now())

    for decide in (publish, give_back):
        with pytest.raises(VersionMoved):
            decide(draft, operator)


DECISIONS: dict[str, Callable[[Version, Account], Any]] = {
    "publish": publish,
    "return": give_back,
    "remark": remark,
    "take": lambda version, by: reviewing.take_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now()),
    "leave": lambda version, by: reviewing.leave_version(version_id=version.pk, by=by, facts=facts(), now=timezone.now()),
    "withdraw": lambda version, by: reviewing.withdraw_as_operator(item_id=version.item_id, reason="Так", by=by, facts=facts(), now=timezone.now()),
    "accredit": lambda version, by: reviewing.set_accredited(item_id=version.item_id, accredited=True, by=by, facts=facts(), now=timezone.now()),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("way", DECISIONS)
def test_only_operators_decide(way: str) -> None:
    version = a_submitted(a_writer())

    with pytest.raises(NotOfOperators):
        DECISIONS[way](version, an_account())


def a_colleague_who_is_operator(by: Member) -> Account:
    operator = an_operator()
    Member.objects.create(organisation=by.organisation, account=operator, roles=["teacher"], joined_at=timezone.now())
    return operator


def the_author_who_left(by: Member) -> Account:
    Member.objects.filter(pk=by.pk).update(left_at=timezone.now())
    Account.objects.filter(pk=by.account_id).update(roles=["operator"])
    return Account.objects.get(pk=by.account_id)


@pytest.mark.django_db
@pytest.mark.parametrize("who", [a_colleague_who_is_operator, the_author_who_left])
@pytest.mark.parametrize("way", DECISIONS)
def test_z4_z5_nobody_decides_about_what_they_or_their_organisation_wrote(
    way: str, who: Callable[[Member], Account]
) -> None:
    by = a_writer()
    version = a_submitted(by)
    if way in {"withdraw", "accredit"}:
        publish(version, an_operator())
    before = Version.objects.get().state

    with pytest.raises(OwnItem):
        DECISIONS[way](version, who(by))

    assert (Version.objects.get().state, Item.objects.get().accredited) == (before, False)


@pytest.mark.django_db
def test_what_a_colleague_has_taken_is_theirs_until_they_leave_it() -> None:
    version, one, other = a_submitted(a_writer()), an_operator(), an_operator(surname="Второва")
    DECISIONS["take"](version, one)

    with pytest.raises(TakenByAnother):
        DECISIONS["take"](version, other)
    DECISIONS["leave"](version, other)
    DECISIONS["take"](version, other)

    assert Version.objects.get().taken_by == other


@pytest.mark.django_db
def test_an_operator_withdraws_and_accredits_what_is_published() -> None:
    operator, item = an_operator(), a_published(a_writer(), an_operator())
    version = item.versions.get()

    DECISIONS["accredit"](version, operator)
    assert SearchRow.objects.get().accredited is True
    DECISIONS["withdraw"](version, operator)

    assert (SearchRow.objects.get().listed, Item.objects.get().withdrawn_reason) == (False, "Так")
    assert Letter.objects.filter(kind="item_withdrawn").count() == 1
    with pytest.raises(ItemNotPublished):
        DECISIONS["accredit"](version, operator)


@pytest.mark.django_db
def test_a_withdrawn_item_comes_back_by_a_new_version() -> None:
    by, operator = a_writer(), an_operator()
    item = a_published(by, operator)
    authoring.withdraw_item(item_id=item.pk, reason="На доработку", by=by, facts=facts(), now=timezone.now())
    new = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=timezone.now())
    authoring.submit_version(version_id=new.pk, by=by, facts=facts(), now=timezone.now())

    publish(new, operator)

    item.refresh_from_db()
    assert (item.state, item.withdrawn_reason, SearchRow.objects.get().listed) == ("published", "", True)


@pytest.mark.django_db
def test_an_event_that_has_begun_is_not_moved_to_another_day_by_a_new_version() -> None:
    by, operator, now = a_writer(), an_operator(), timezone.now()
    written, waiting, fresh, withdrawn = (a_published(by, operator, "event") for _number in range(4))
    begun = withdrawn.versions.get().begins_at
    assert begun is not None
    days: dict[str, Any] = {
        "begins_at": begun + dt.timedelta(days=20),
        "ends_at": begun + dt.timedelta(days=20, hours=9),
    }
    moved = []
    for item in (written, waiting):
        draft = authoring.new_version(item_id=item.pk, by=by, facts=facts(), now=now)
        texts = replace(facts_of(draft), minutes=540, **days)
        given: dict[str, Any] = {"version_id": draft.pk, "by": by, "facts": facts(), "now": now}
        moved.append(authoring.save_version(texts=texts, revision=draft.revision, **given))
    authoring.submit_version(version_id=moved[1].pk, by=by, facts=facts(), now=now)
    authoring.withdraw_item(item_id=withdrawn.pk, reason="Болен лектор", by=by, facts=facts(), now=now)
    late: dict[str, Any] = {"by": by, "facts": facts(), "now": begun}

    with pytest.raises(EventHasBegun):
        authoring.submit_version(version_id=moved[0].pk, **late)
    with pytest.raises(EventHasBegun):
        reviewing.publish_version(version_id=moved[1].pk, by=operator, facts=facts(), now=begun)
    with pytest.raises(EventHasBegun):
        authoring.new_version(item_id=fresh.pk, **late)

    assert authoring.new_version(item_id=withdrawn.pk, **late).number == 2
    assert Version.objects.filter(state="published").count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [publish, give_back])
def test_of_two_who_decide_at_once_the_second_is_told_that_it_has_moved(
    second: Callable[[Version, Account], Any],
) -> None:
    version, one, other = a_submitted(a_writer()), an_operator(), an_operator(surname="Второва")
    answers: list[BaseException | None] = []

    def decide() -> None:
        try:
            second(version, other)
        except Refused as refusal:
            answers.append(refusal)
        else:
            answers.append(None)
        finally:
            connection.close()

    thread = threading.Thread(target=decide)
    with transaction.atomic():
        publish(version, one)
        thread.start()
        thread.join(1.5)  # without the lock it would have decided by now, on what it sees outside this transaction
        assert thread.is_alive()
    thread.join(20)

    assert [type(answer) for answer in answers] == [VersionMoved]
    assert Version.objects.get().decided_by == one
    assert not Letter.objects.filter(kind="item_returned").exists()
