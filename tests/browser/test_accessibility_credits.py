"""Pages of credits and codes in four looks, and entering a code by keyboard and from a letter's link."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import reader_of
from tests.browser.test_accessibility import LOOKS, a_browser, check, faults, sign_in
from tests.builders import a_specialist, an_operator, facts
from tests.credit_builders import a_batch, an_entry, an_event, awaited, code_in
from tests.item_builders import a_writer

from nmfo.credits.models import LedgerEntry
from nmfo.credits.operations.claiming import dispute_entry
from nmfo.credits.operations.correcting import decide_proposal, propose_reversal
from nmfo.credits.operations.expecting import refuse_expected
from nmfo.credits.rules.words import Holder


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_a_specialist(name: str, browser: Browser, portal: str) -> None:
    doctor = a_specialist()
    entry, wrong = an_entry(doctor), an_entry(doctor)
    proposal = propose_reversal(
        entry_id=wrong.pk, reason="Внесено за однофамильца", by=an_operator(), facts=facts(), now=timezone.now()
    )
    decide_proposal(
        proposal_id=proposal.pk, approve=True, words="", by=an_operator(), facts=facts(), now=timezone.now()
    )
    claim = dispute_entry(
        specialist=doctor,
        entry_id=entry.pk,
        text="Часов было больше",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )
    awaited(doctor)
    awaited(doctor, holder=Holder.SPECIALIST)
    refused = awaited(doctor, days=-1)
    refuse_expected(
        specialist_id=doctor.pk,
        source=refused.source,
        origin=refused.origin,
        reason="Отмечено 40 минут",
        now=timezone.now(),
    )
    reversal = LedgerEntry.objects.get(reverses=wrong)
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, doctor.account.snils)

    mine = "/specialist/credits/"
    paths = [mine, f"{mine}{wrong.pk}/", f"{mine}{reversal.pk}/", f"{mine}{entry.pk}/dispute/", f"{mine}statement/"]
    paths += [f"{mine}missing/", f"{mine}requests/", f"{mine}requests/{claim.pk}/"]
    check(page, portal, [*paths, f"{mine}awaited/{refused.pk}/dispute/", "/specialist/codes/"])

    context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_pages_of_an_organisation_and_an_operator(name: str, browser: Browser, portal: str) -> None:
    by = a_writer("registrar")
    event = an_event(by.organisation)
    batch, waiting = a_batch(event, by=by, count=3), a_batch(event, by=by, count=101, confirmed=300)
    doctor = a_specialist()
    an_entry(doctor, event)
    entry = an_entry(doctor)
    awaited(doctor, days=-3)
    claim = dispute_entry(
        specialist=doctor,
        entry_id=entry.pk,
        text="Часов было больше",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )
    proposal = propose_reversal(
        entry_id=entry.pk, reason="Внесено за однофамильца", by=an_operator(), facts=facts(), now=timezone.now()
    )
    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, by.account.snils, staff=True)
    codes, report = "/organisation/codes/", "/organisation/report/"
    check(
        page,
        portal,
        [codes, f"{codes}new/", f"{codes}{batch.pk}/", f"{codes}{batch.pk}/print/", f"{codes}{waiting.pk}/"],
    )
    check(page, portal, [report, f"{report}?kind=module", f"{report}?since=2026-02-01&until=2026-01-01"])
    context.close()

    context = a_browser(browser, portal, LOOKS[name])
    page = context.new_page()
    sign_in(page, portal, an_operator().snils, staff=True)
    desk = "/operator/credits/"
    paths = [desk, f"{desk}requests/", f"{desk}requests/{claim.pk}/", f"{desk}corrections/"]
    paths += [f"{desk}corrections/{proposal.pk}/", f"{desk}codes/", f"{desk}codes/{waiting.pk}/", f"{desk}signals/"]
    check(page, portal, paths)
    context.close()


@pytest.mark.django_db(transaction=True)
def test_a_code_is_entered_by_keyboard_on_a_phone(phone: Page, portal: str) -> None:
    doctor, code = a_specialist(), code_in(a_batch())
    sign_in(phone, portal, doctor.account.snils)
    phone.goto(f"{portal}/specialist/codes/")

    phone.focus("#code")
    phone.keyboard.type(code.lower().replace("-", " "))
    phone.keyboard.press("Enter")

    expect(phone.locator(".note[role=status]")).to_contain_text("Зачислено 3 ЗЕТ")
    assert LedgerEntry.objects.get().specialist_id == doctor.pk


@pytest.mark.django_db(transaction=True)
def test_the_link_of_a_letter_fills_the_field_and_leaves_no_code_in_the_address(page: Page, portal: str) -> None:
    doctor, code = a_specialist(), code_in(a_batch())
    sign_in(page, portal, doctor.account.snils)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{portal}/specialist/codes/#{code}")

    expect(page.locator("#code")).to_have_value(code)
    assert page.url == f"{portal}/specialist/codes/"
    assert not [url for url in asked if code in url.partition("#")[0]]
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_camera_reads_a_code_and_is_switched_off(phone: Page, portal: str) -> None:
    doctor, code = a_specialist(), code_in(a_batch())
    reader_of(phone, f"{portal}/specialist/codes/#{code}")
    sign_in(phone, portal, doctor.account.snils)
    phone.goto(f"{portal}/specialist/codes/")

    phone.get_by_role("button", name="Сканировать камерой").click()

    expect(phone.locator("#code")).to_have_value(code)
    expect(phone.locator("[data-scanner]")).to_be_hidden()
    assert phone.evaluate("() => document.querySelector('video').srcObject.getTracks()[0].readyState") == "ended"
    phone.keyboard.press("Enter")
    expect(phone.locator(".note[role=status]")).to_contain_text("Зачислено 3 ЗЕТ")


@pytest.mark.django_db(transaction=True)
def test_a_camera_that_is_not_given_leaves_the_other_ways(phone: Page, portal: str) -> None:
    reader_of(phone, "")
    phone.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));"
    )
    sign_in(phone, portal, a_specialist().account.snils)
    phone.goto(f"{portal}/specialist/codes/")

    phone.get_by_role("button", name="Сканировать камерой").click()
    expect(phone.get_by_role("alert")).to_contain_text("Браузер не даёт камеру")
    assert faults(phone, []) == []
    phone.get_by_role("button", name="Закрыть").click()

    expect(phone.locator("[data-scanner]")).to_be_hidden()
    expect(phone.get_by_role("button", name="Сканировать камерой")).to_be_focused()
