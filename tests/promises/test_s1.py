from __future__ import annotations

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from tests.builders import a_specialist, an_operator, lists, signed_in
from tests.nmfo.web.test_pages import OPERATOR, PUBLIC, SPECIALIST

STRICT = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:", "font-src": "'self'",
    "connect-src": "'self'", "media-src": "'self'", "worker-src": "'self'", "manifest-src": "'self'", "object-src": "'none'",
    "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'", "report-uri": "/csp-report/",
}  # fmt: skip


def rules(policy: str) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in policy.split(";")]
    return {name: value for name, _space, value in parts}


@pytest.mark.django_db
def test_s1_every_answer_forbids_what_it_does_not_need() -> None:
    lists()
    stranger, doctor, operator = Client(), signed_in(a_specialist().account), signed_in(an_operator())
    answers = {path: stranger.get(path) for path in (*PUBLIC, "/no-such-page/", "/operator/register/")}
    answers |= {path: doctor.get(path) for path in (*SPECIALIST, "/operator/")}
    answers |= {f"{path} for staff": operator.get(path) for path in OPERATOR}
    answers["a form of another site"] = stranger.post("/sign-in/", headers={"Sec-Fetch-Site": "cross-site"})
    answers["another host"] = stranger.get("/", headers={"Host": "evil.example"})
    answers["a script"] = stranger.get(staticfiles_storage.url("ui/portal.js"))
    answers["a script"].close()

    assert {answer.status_code for answer in answers.values()} == {200, 302, 400, 403, 404}
    policies = {place: answer.get("Content-Security-Policy", "") for place, answer in answers.items()}
    assert {place: policy for place, policy in policies.items() if rules(policy) != STRICT} == {}


@pytest.mark.django_db
def test_s1_browsers_can_report_what_was_tried() -> None:
    report = Client(enforce_csrf_checks=True).post("/csp-report/", "{}", content_type="application/csp-report")

    assert report.status_code == 204
