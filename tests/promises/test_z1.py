from __future__ import annotations

import pytest
from django.test import Client
from django.urls import resolve
from tests.architecture.test_urls import address
from tests.architecture.urls import GUEST, TABLE
from tests.builders import (
    a_member,
    a_specialist,
    a_version,
    an_item,
    an_operator,
    an_organisation,
    lists,
    published,
    signed_in,
)

from nmfo.accounts.models import Account

OPEN_TO_GUESTS = {200, 404, 405, 422}


@pytest.mark.django_db
def test_z1_what_does_not_say_that_it_is_public_sends_a_guest_to_sign_in() -> None:
    lists()
    closed = [name for name in TABLE if getattr(resolve(address(name)).func, "login_required", True)]

    answers = {name: Client().get(address(name)) for name in closed}

    assert len(closed) > 100
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 302} == {}
    assert {answer.headers["Location"].partition("?")[0] for answer in answers.values()} == {"/sign-in/"}


@pytest.mark.django_db
def test_z1_what_a_guest_may_open_says_so() -> None:
    lists()
    opened = {name for name, expected in TABLE.items() if expected[GUEST] in OPEN_TO_GUESTS}

    assert {name for name in opened if getattr(resolve(address(name)).func, "login_required", True)} == set()


@pytest.mark.django_db
def test_z1_a_row_of_somebody_else_is_a_page_that_does_not_exist() -> None:
    theirs = published(a_version(an_item(organisation=an_organisation())))
    owner, doctor = signed_in(a_member(an_organisation())), signed_in(a_specialist().account)
    paths = [f"/organisation/items/{theirs.item_id}/{page}" for page in ("", "edit/", "preview/", "runs/", "withdraw/")]
    absent = [path.replace(str(theirs.item_id), "999999999") for path in paths]

    assert [owner.get(path).status_code for path in paths] == [404] * len(paths)
    assert [owner.get(path).status_code for path in absent] == [404] * len(absent)
    assert [doctor.get(path).status_code for path in paths] == [403] * len(paths)


@pytest.mark.django_db
def test_z1_a_cabinet_closes_with_its_role_at_the_next_click() -> None:
    worker, operator = a_member(an_organisation()), an_operator()
    cabinet, desk = signed_in(worker), signed_in(operator)
    opened = cabinet.get("/organisation/").status_code, desk.get("/operator/").status_code

    Account.objects.filter(pk__in=[worker.pk, operator.pk]).update(roles=[])  # the membership is still there

    assert opened == (200, 200)
    assert (cabinet.get("/organisation/").status_code, desk.get("/operator/").status_code) == (403, 403)
