from __future__ import annotations

import re

import pytest
from tests.builders import a_specialist, lists, signed_in
from tests.nmfo.web.test_pages import PUBLIC, SPECIALIST

STRICT = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "object-src": "'none'", "base-uri": "'none'",
    "form-action": "'self'", "frame-ancestors": "'none'",
}  # fmt: skip


@pytest.mark.django_db
def test_s1_every_page_forbids_what_it_does_not_need() -> None:
    lists()
    browser = signed_in(a_specialist().account)

    for path in (*PUBLIC, *SPECIALIST, "/no-such-page/"):
        policy = browser.get(path)["Content-Security-Policy"]
        rules = dict(re.findall(r"([\w-]+) ([^;]+)", policy))
        assert {name: rules.get(name) for name in STRICT} == STRICT, path
        assert "unsafe" not in policy
