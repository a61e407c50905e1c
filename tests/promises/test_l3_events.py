"""A batch of scanned badges may be sent again and again: same body, same answer; other body, a refusal; no effect twice."""

from __future__ import annotations

import json

import pytest
import time_machine
from django.test import Client
from tests.builders import signed_in
from tests.nmfo.participation.builders import a_registrar, an_event, begun, signed_up
from tests.nmfo.participation.test_signing_up import at_once
from tests.nmfo.web.test_event_desk import batch

from nmfo.participation.models import Mark, ScanBatch


@pytest.mark.django_db(transaction=True)
def test_l3_a_batch_of_badges_counts_once_however_often_it_is_sent() -> None:
    event = an_event()
    row, by = signed_up(event), a_registrar(event)
    url, now = f"/organisation/events/{event.item_id}/scans/", begun(event)
    body = json.dumps(batch(row, now, by))
    answers = []
    with time_machine.travel(now, tick=False):
        browser = signed_in(by.account)

        def send() -> None:
            own = Client()
            own.cookies = browser.cookies
            answers.append(own.post(url, body, content_type="application/json").content)

        troubles = at_once(*[send] * 4)
        other = browser.post(url, json.dumps(batch(row, now, by, scans=[])), content_type="application/json")
        changed = json.dumps(batch(row, now, by, scans=[{"text": "x", "sign": "left", "at": 1}]))
        differs = browser.post(url, changed, content_type="application/json")

    assert troubles == []
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert (other.status_code, differs.status_code) == (422, 409)
    assert Mark.objects.count() == ScanBatch.objects.count() == 1
