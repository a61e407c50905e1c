"""Nobody notes, confirms or answers for themselves at an event: by СНИЛС, through every way in."""

from __future__ import annotations

import pytest
from tests.builders import facts
from tests.nmfo.participation.builders import DAY, a_registrar, an_event, begun, marked, over, signed_up
from tests.nmfo.participation.test_closing import close, decide, object_to
from tests.nmfo.participation.test_noting import a_specialist_of, add, send, take_back

from nmfo.participation.badges import token_of
from nmfo.participation.models import Mark
from nmfo.participation.operations import noting
from nmfo.participation.rules import OwnPresence


@pytest.mark.django_db
def test_z5_no_way_leads_to_ones_own_presence() -> None:
    event = an_event()
    by, colleague = a_registrar(event), a_registrar(event)
    own = signed_up(event, a_specialist_of(by))

    with pytest.raises(OwnPresence):
        marked(own, by)
    with pytest.raises(OwnPresence):
        add(event, by, own.specialist)
    assert [one.outcome for one in send(event, by, [token_of(own)])] == ["own"]
    typed = noting.note_badge(
        item_id=event.item_id, text=token_of(own), sign="came", by=by, facts=facts(), now=begun(event)
    )
    assert typed.outcome == "own"
    assert not Mark.objects.exists()
    with pytest.raises(OwnPresence):
        close(event, by)
    marked(own, colleague)
    with pytest.raises(OwnPresence):
        take_back(own, by)
    take_back(own, colleague)
    close(event, colleague)
    objection = object_to(own, now=over(event) + DAY)
    with pytest.raises(OwnPresence):
        decide(objection, by, granted=True)


@pytest.mark.django_db
def test_z5_a_second_account_does_not_help_to_close_ones_own_event() -> None:
    event = an_event()
    by, own = a_registrar(event), signed_up(event)
    by.account.snils = own.specialist.account.snils  # the index is another: a row of a time before the rule
    by.account.save(update_fields=["snils"])

    with pytest.raises(OwnPresence):
        close(event, by)
