from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from foundation.runtime.facts import RequestFacts
from foundation.runtime.failures import broken
from foundation.runtime.middleware import RequestFrame, SameOrigin
from foundation.signin.hashing import TooBusy


def request() -> HttpRequest:
    made = RequestFactory().get("/x/")
    made.facts = RequestFacts(at=timezone.now(), ip="127.0.0.1", agent="", request_id="AAAA-BBBB")  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), TooBusy()])
def test_s4_an_outage_is_503_with_retry_after_never_500(error: Exception) -> None:
    answer = RequestFrame(lambda _request: None).process_exception(request(), error)  # type: ignore[arg-type, return-value]

    assert answer is not None
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "Портал занят" in answer.content.decode()


def test_s4_a_bug_has_a_number_and_no_trace() -> None:
    answer = broken(request())

    assert answer.status_code == 500
    assert "AAAA-BBBB" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_s4_a_failed_check_closes() -> None:
    made = RequestFactory().post("/x/", headers={"Sec-Fetch-Site": "cross-site"})
    with pytest.raises(SuspiciousOperation):
        SameOrigin(lambda _request: None)(made)  # type: ignore[arg-type, return-value]


@pytest.mark.django_db
def test_s4_pages_that_are_not_there_have_our_page() -> None:
    answer = Client().get("/no-such-page/")

    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.content.decode()
