from __future__ import annotations

import pytest
from tests.builders import a_specialist, signed_in
from tests.enrolment_builders import a_registrar, a_run_of, an_application, enrolled

from foundation.audit.models import Entry
from nmfo.enrolment.queries import (
    counts_of_tabs,
    group_of,
    inbox_of,
    orders_of,
    received_by,
    runs_of_listeners,
    runs_with_applications,
    runs_without_results,
)
from nmfo.enrolment.rules import TABS


@pytest.mark.django_db
def test_z6_listeners_of_one_organisation_are_nowhere_in_another() -> None:
    owner, stranger = a_registrar(), a_registrar()
    run = a_run_of(owner)
    person = a_specialist(surname="Тайная")
    row = an_application(run, person)
    enrolled(an_application(run), owner)
    theirs, visitor = stranger.organisation, signed_in(stranger.account)
    looks = Entry.objects.filter(action="enrolment.looked_at").count()

    assert not received_by(theirs).exists()
    assert not any(counts_of_tabs(theirs).values())
    assert not any(inbox_of(theirs, tab=tab).exists() for tab in TABS)
    for query in ("Тайная", person.account.snils, row.number):
        assert not inbox_of(theirs, tab="new", query=query).exists()
    assert not group_of(theirs, run).exists()
    assert not orders_of(theirs).exists()
    assert not runs_of_listeners(theirs).exists()
    assert runs_with_applications(theirs) == []
    assert runs_without_results(theirs, run.ends_on.replace(year=run.ends_on.year + 1)) == []
    for path in ("", f"?q=Тайная&run={run.pk}&item={run.item_id}", f"?open={row.pk}"):
        shown = visitor.get(f"/organisation/applications/{path}").content.decode()
        assert "Тайная А" not in shown
        assert row.number not in shown
        assert run.version.title not in shown
    assert Entry.objects.filter(action="enrolment.looked_at").count() == looks
