"""Every page in four looks: axe finds nothing, nothing sticks out, the content policy is kept, targets are big."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page
from tests.applicants import a_draft, a_submitted, in_review, opened, refused, remark_on, returned
from tests.builders import (
    PASSWORD,
    SECRET,
    a_member,
    a_specialist,
    a_version,
    an_item,
    an_operator,
    an_organisation,
    facts,
    published,
)
from tests.nmfo.catalogue.test_saving import change, save, wait_for
from tests.nmfo.web.test_pages import OPERATOR, ORGANISATION, PUBLIC, SPECIALIST

from foundation.mail.models import Letter
from nmfo.catalogue.operations.saving import stop_token
from nmfo.catalogue.operations.wording import add_synonyms
from nmfo.catalogue.search.query import Query
from nmfo.organisations.models import Member
from nmfo.organisations.operations.inviting import invite_person

# The pages are opened once for each of these. The ordinary ones change while they are open: to the dark theme, which is
# the light page with another word in its first tag (tests/nmfo/web/test_looks.py), and to the width of a phone.
LOOKS = {"ordinary": "theme=light", "low vision": "lv=1&size=2&color=wb&space=2&font=sans&img=off"}
RUN_AXE = """(options) => Promise.race([
    axe.run(options).then(({ violations }) => violations.flatMap((rule) =>
      rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary.slice(0, 160)}`))),
    new Promise((done) => setTimeout(() => done(["axe has not ended in a minute"]), 60000)),
  ])"""
TURN = """(theme) => {
    document.documentElement.dataset.theme = theme;
    return Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition)
      .map((one) => one.finished.catch(() => null))).then(() => null);
  }"""
PHONE = 360  # CSS pixels
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SEEN = ["color-contrast", "link-in-text-block", "target-size"]  # what colours and sizes can break
NOT_PAGES = (
    *("/dev/mail.json", "/health/", "/human/", "/specialist/my-data/export/"),
    *("/catalogue/suggest/", "/robots.txt", "/sitemap", "/worker.js", "/manifest.webmanifest"),
)
ERRORS = ("/no-such-page/", *(f"/dev/gallery/error/{code}/" for code in (400, 403, 413, 429, 500, 503)))
FORMS = {
    "/for-organisations/apply/": "button.btn--lg",
    "/register/": "button.btn--lg",
    "/sign-in/": "button.btn--lg",
    "/recover/": "button.btn--lg",
}


def pages(paths: tuple[str, ...]) -> list[str]:
    return [path for path in paths if not path.startswith(NOT_PAGES)]


def a_browser(browser: Browser, portal: str, look: str, *, width: int = 1280) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.add_init_script(AXE_SCRIPT)  # sent with every page it costs a second, prepared by the browser a tenth
    context.add_cookies([{"name": "look", "value": look, "url": portal}])
    return context


def sign_in(page: Page, portal: str, login: str, *, staff: bool = False) -> None:
    page.goto(f"{portal}/sign-in/")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.press("#password", "Enter")
    if staff:
        page.fill("#code", pyotp.TOTP(SECRET).now())
        with page.expect_navigation():
            page.press("#code", "Enter")


def faults(page: Page, said: list[str]) -> list[str]:
    """What is wrong with the page that is open, in its look, in the dark one and on a phone.

    The dark page is the light one in other colours: axe has half of its time for it, for what colours can break.
    """
    found = _faults_as_it_is(page, RULES)
    width, theme = page.evaluate("() => [window.innerWidth, document.documentElement.dataset.theme]")
    if theme == "light":
        page.evaluate(TURN, "dark")
        found += [f"dark: {text}" for text in _faults_as_it_is(page, SEEN)]
        page.evaluate(TURN, theme)
        if width > PHONE:
            page.set_viewport_size({"width": PHONE, "height": 740})
            found += [f"phone: {text}" for text in _faults_as_it_is(page, RULES)]
            page.set_viewport_size({"width": width, "height": 800})
    found += [text for text in said if "Content Security Policy" in text or "Content-Security-Policy" in text]
    said.clear()
    return found


def _faults_as_it_is(page: Page, rules: list[str]) -> list[str]:
    """With the window as high as the page, so that no bar lies over it."""
    width = page.evaluate("() => window.innerWidth")
    page.set_viewport_size({"width": width, "height": page.evaluate("() => document.documentElement.scrollHeight")})
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    only = {"type": "rule" if rules is SEEN else "tag", "values": rules}
    found: list[str] = page.evaluate(RUN_AXE, {"runOnly": only, "resultTypes": ["violations"]})
    sizes = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if sizes[0] > sizes[1]:
        found.append(f"wider than the window: {sizes}")
    found += page.evaluate(
        """() => [...document.querySelectorAll('a.btn, button, select, input:not([type=hidden])')]
        .map((e) => [e, e.getBoundingClientRect()])
        .filter(([e, r]) => r.width > 1 && r.height > 1 && (r.width < 23.5 || r.height < 23.5))
        .map(([e, r]) => `small target: ${e.outerHTML.slice(0, 90)} ${r.width}x${r.height}`)"""
    )
    found += page.evaluate(
        """() => [...document.querySelectorAll('.btn')].map((e) => [e, getComputedStyle(e)])
        .filter(([e, s]) => e.offsetWidth && s.color === s.backgroundColor)
        .map(([e]) => `label in the colour of the button: ${e.outerHTML.slice(0, 90)}`)"""
    )
    return found


def check(page: Page, portal: str, paths: list[str]) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    found = {}
    for path in paths:
        page.goto(portal + path)
        wrong = faults(page, said)
        if wrong:
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize("name", LOOKS)
def test_public_pages(name: str, browser: Browser, portal: str) -> None:
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()

    check(page, portal, [*pages(PUBLIC), *ERRORS])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_the_specialist(name: str, browser: Browser, portal: str) -> None:
    account = a_specialist().account
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, account.snils)

    check(page, portal, pages(SPECIALIST))

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_what_somebody_keeps_in_the_catalogue(name: str, browser: Browser, portal: str) -> None:
    account = a_specialist().account
    search = save(account, Query(q="сердечная недостаточность", kind=("programme",), region=("16", "77")))
    long = save(account, Query(q="Ж" * 200, organisation=(987_654_321,)), name="Н" * 200)
    change(save(account, Query(kind=("event",)), name="Мероприятия"), every="")
    asked, offered = (published(a_version(an_item())).item for _ in range(2))
    wait_for(asked, account)
    links = [f"/catalogue/saved/stop/{token}/" for token in (stop_token(account.pk), stop_token(account.pk, 0)[:-1])]
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    check(page, portal, [*links, f"/catalogue/programmes/{offered.pk}/"])
    sign_in(page, portal, account.snils)

    cards = [f"/catalogue/programmes/{item.pk}/" for item in (asked, offered)]
    check(page, portal, ["/catalogue/saved/", *(f"/catalogue/saved/{one.pk}/" for one in (search, long)), *cards])
    check(page, portal, [f"/catalogue/saved/new/?q={'Ы' * 200}"])
    page.goto(f"{portal}/catalogue/saved/{search.pk}/")
    page.fill("#name", "")
    with page.expect_navigation():
        page.get_by_role("button", name="Сохранить").click()
    assert faults(page, []) == []

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_the_operator(name: str, browser: Browser, portal: str) -> None:
    account = an_operator()
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, account.snils, staff=True)

    group = add_synonyms(lines=["ЭКГ", "электрокардиография"], note="", by=account, facts=facts(), now=timezone.now())
    check(page, portal, [*pages(OPERATOR), f"/operator/people/{account.pk}/", f"/operator/synonyms/{group.pk}/"])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_the_operator_about_organisations(name: str, browser: Browser, portal: str) -> None:
    account = an_operator()
    late, _token = a_submitted(now=timezone.now() - dt.timedelta(days=20))
    row, _token = in_review(account)
    remark_on(row, account)
    done, _token = opened()
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, account.snils, staff=True)

    paths = [f"/operator/organisations/{one.pk}/" for one in (late, row, done)]
    paths += [f"/operator/organisations/{row.pk}/{action}/" for action in ("approve", "refuse")]
    check(page, portal, ["/operator/", "/operator/organisations/", *paths])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_an_application(name: str, browser: Browser, portal: str) -> None:
    tokens = [one[1] for one in (a_draft(), returned(), a_submitted(), refused(), opened())]
    draft, back, sent, *_others = tokens
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()

    paths = [f"/for-organisations/apply/{token}/" for token in tokens]
    paths += [
        f"/for-organisations/apply/{token}/{step}/"
        for token in (draft, back)
        for step in ("organisation", "person", "documents", "check", "withdraw")
    ]
    check(page, portal, [*paths, f"/for-organisations/apply/{sent}/cover-sheet/"])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_an_organisation(name: str, browser: Browser, portal: str) -> None:
    organisation = an_organisation(about="Учим **терапевтов**", licence_state="suspended")
    owner, other = a_member(organisation), a_member(organisation, "teacher")
    member = Member.objects.get(account=other)
    invite_person(
        organisation=organisation,
        email="new@nmfo.example",
        name="Новикова Анна",
        post="",
        roles=["methodist"],
        by=owner,
        facts=facts(),
        now=timezone.now(),
    )
    link = Letter.objects.get(kind="invitation").secret("link")
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    check(page, portal, [f"/organisations/{organisation.pk}/", f"/invitation/{link}/", f"/invitation/{'x' * 43}/"])
    sign_in(page, portal, owner.snils, staff=True)

    staff = [f"/organisation/staff/{member.pk}/{action}" for action in ("", "remove/", "hand-over/")]
    check(page, portal, [*pages(ORGANISATION), *staff, f"/invitation/{link}/"])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_forms_that_were_refused(name: str, browser: Browser, portal: str) -> None:
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    found = {}
    for path, button in FORMS.items():
        page.goto(portal + path)
        with page.expect_navigation():
            page.locator(button).first.click()
        assert page.evaluate("() => document.activeElement.id") == "errors"
        assert page.title().startswith("Ошибка:")
        wrong = faults(page, [])
        if wrong:
            found[path] = wrong

    assert found == {}
    context.close()


def test_the_largest_text_fits_a_phone(browser: Browser, portal: str) -> None:
    account = a_specialist().account
    context = a_browser(browser, portal, "lv=1&size=2&color=blue&space=2&font=serif&img=on", width=PHONE)
    page = context.new_page()
    found = []
    for paths in (PUBLIC, SPECIALIST):
        for path in pages(paths):
            page.goto(portal + path)
            if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
                found.append(path)
        if paths is PUBLIC:
            sign_in(page, portal, account.snils)

    assert found == []
    context.close()


def test_without_scripts_no_control_is_dead(browser: Browser, portal: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/recover/")

    for dead in ("[data-tickbox]", "[data-show]", "[data-speak]"):
        assert not [one for one in page.locator(dead).all() if one.is_visible()]
    page.get_by_text("Другой способ: цифры и звук").click()
    assert page.get_by_label("Цифры").is_visible()
    page.get_by_role("button", name="Восстановить").click()
    assert page.get_by_label("Цифры").is_visible()  # still open after a refusal
    context.close()


@pytest.mark.parametrize(("pale", "where"), [("#999", ""), ("#555", "dark: ")])
def test_the_check_sees_letters_that_nobody_can_read(pale: str, where: str, browser: Browser, portal: str) -> None:
    context = a_browser(browser, portal, LOOKS["ordinary"])
    page = context.new_page()
    page.goto(f"{portal}/sign-in/")
    assert faults(page, []) == []

    page.evaluate("(pale) => document.querySelectorAll('main label').forEach((e) => e.style.color = pale)", pale)

    assert any(text.startswith(f"{where}color-contrast: label") for text in faults(page, []))
    context.close()


def test_the_check_sees_what_sticks_out_of_a_phone_only(browser: Browser, portal: str) -> None:
    context = a_browser(browser, portal, LOOKS["ordinary"])
    page = context.new_page()
    page.goto(f"{portal}/sign-in/")

    page.evaluate("() => { document.querySelector('main h1').style.minWidth = '600px' }")

    found = faults(page, [])
    assert [text.split("[")[0] for text in found] == ["phone: wider than the window: "]
    assert page.evaluate("() => [window.innerWidth, document.documentElement.dataset.theme]") == [1280, "light"]
    context.close()
