from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from tests.applicants import a_submitted, in_review
from tests.builders import a_member, a_specialist, an_operator, an_organisation, facts

from nmfo.accounts.models import Account
from nmfo.organisations.models import CabinetApplication
from nmfo.organisations.operations import reviewing
from nmfo.organisations.rules import OwnApplication
from nmfo.specialists.models import Dispute
from nmfo.specialists.operations.disputing import decide_dispute
from nmfo.specialists.rules import OwnDispute


def decisions(row: CabinetApplication, by: Account) -> dict[str, Callable[[], object]]:
    """Everything that an operator can do with an application."""
    now = timezone.now()
    common = {"application_id": row.pk, "by": by, "facts": facts(), "now": now}
    seen = {**common, "revision": row.revision}
    return {
        "take": lambda: reviewing.take_application(**common),  # type: ignore[arg-type]
        "ask": lambda: reviewing.ask_applicant(field="", text="?", **common),  # type: ignore[arg-type]
        "settle": lambda: reviewing.settle_remark(message_id=1, **common),  # type: ignore[arg-type]
        "return": lambda: reviewing.return_application(**seen),  # type: ignore[arg-type]
        "originals": lambda: reviewing.note_originals(checked=False, on=timezone.localdate(), **common),  # type: ignore[arg-type]
        "refuse": lambda: reviewing.refuse_application(reason="нет", **seen),  # type: ignore[arg-type]
        "approve": lambda: reviewing.approve_application(**seen),  # type: ignore[arg-type]
    }


@pytest.mark.django_db
def test_z5_the_responsible_person_decides_nothing_about_their_application() -> None:
    operator = an_operator(email="Otvetova@Institut.example")
    row, _token = a_submitted(email="otvetova@institut.example")

    for name, act in decisions(row, operator).items():
        with pytest.raises(OwnApplication):
            act()
        assert CabinetApplication.objects.get(pk=row.pk).state == "submitted", name


@pytest.mark.django_db
def test_z5_nor_does_somebody_who_works_for_the_organisation() -> None:
    row, _token = in_review()
    organisation = an_organisation(inn=row.inn)
    worker = a_member(organisation, "methodist", roles=["operator", "organisation"])

    for act in decisions(row, worker).values():
        with pytest.raises(OwnApplication):
            act()


@pytest.mark.django_db
def test_z5_an_operator_of_another_organisation_may_decide() -> None:
    row, _token = in_review()
    other = a_member(an_organisation(), "methodist", roles=["operator", "organisation"])

    assert reviewing.check_may_decide(application_id=row.pk, by=other) == row


@pytest.mark.django_db
def test_z5_nobody_decides_their_own_dispute() -> None:
    doctor = a_specialist()
    dispute = Dispute.objects.create(
        specialist=doctor, row_key="k", row_title="Терапия", text="Не моё", opened_at=timezone.now()
    )
    doctor.account.roles = ["operator"]
    doctor.account.save(update_fields=["roles"])

    with pytest.raises(OwnDispute):
        decide_dispute(
            dispute_id=dispute.pk, right=True, reason="да", by=doctor.account, facts=facts(), now=timezone.now()
        )


@pytest.mark.django_db
def test_z5_nor_does_a_second_account_of_the_same_person() -> None:
    doctor, operator = a_specialist(), an_operator()
    operator.snils = (
        doctor.account.snils
    )  # the index, which would refuse it, is another one: a row of a time before a rule
    operator.save(update_fields=["snils"])
    dispute = Dispute.objects.create(
        specialist=doctor, row_key="k", row_title="Терапия", text="Не моё", opened_at=timezone.now()
    )

    with pytest.raises(OwnDispute):
        decide_dispute(dispute_id=dispute.pk, right=True, reason="да", by=operator, facts=facts(), now=timezone.now())
