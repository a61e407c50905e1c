"""The organisation's cabinet and the public register, through their pages."""

from __future__ import annotations

import html
import re

import pyotp
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.applicants import opened
from tests.builders import (
    PASSWORD,
    a_member,
    a_specialist,
    a_version,
    an_account,
    an_item,
    an_organisation,
    facts,
    published,
    registration_details,
    signed_in,
)
from tests.environment import ROOT

from foundation.audit.operations import record
from foundation.mail.models import Letter
from foundation.signin.models import Factor, Session
from nmfo.accounts.models import Account, Registration
from nmfo.accounts.operations.registering import answer_registration
from nmfo.enrolment.rules import State
from nmfo.organisations.models import Invitation, Member, Organisation
from nmfo.organisations.operations.inviting import invite_person
from nmfo.web.organisation.journal import ACTIONS


def text_of(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


def invite(organisation: Organisation, owner: Account, email: str = "new@nmfo.example", role: str = "methodist") -> str:
    """An invitation by letter; the address of its page."""
    invitation = invite_person(
        organisation=organisation,
        email=email,
        name="",
        post="",
        roles=[role],
        by=owner,
        facts=facts(),
        now=timezone.now(),
    )
    return address_of(invitation)


def address_of(invitation: Invitation) -> str:
    letter = Letter.objects.get(key=f"invitation:{invitation.pk}:{invitation.letters}")
    return f"/invitation/{letter.secret('link')}/"


@pytest.mark.django_db
def test_an_invitation_changes_nothing_until_the_button_is_pressed() -> None:
    organisation = an_organisation()
    path = invite(organisation, a_member(organisation))
    reader = signed_in(an_account())

    for browser in (Client(), reader):
        for _time in range(3):
            assert organisation.name in text_of(browser.get(path))
    assert Client().post(path).status_code == 200

    assert Member.objects.count() == 1
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.django_db
def test_whoever_accepts_sets_up_a_second_step_in_the_same_session() -> None:
    organisation = an_organisation()
    path, account = invite(organisation, a_member(organisation)), an_account()
    browser = signed_in(account)

    accepted = browser.post(path)

    assert accepted["Location"] == "/sign-in/second-step/"
    assert browser.get("/organisation/")["Location"] == "/sign-in/second-step/"
    page = text_of(browser.get("/sign-in/second-step/"))
    secret = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert secret is not None
    code = pyotp.TOTP(secret[1].replace(" ", "")).now()
    assert browser.post("/sign-in/second-step/", {"code": code}).context["onward"] == "/organisation/"
    assert organisation.short_name in text_of(browser.get("/organisation/"))


@pytest.mark.django_db
def test_sessions_without_a_second_step_end_when_the_role_comes() -> None:
    organisation = an_organisation()
    path, account = invite(organisation, a_member(organisation)), an_account()
    elsewhere, here = signed_in(account), signed_in(account)
    assert elsewhere.get("/settings/").status_code == 200

    here.post(path)

    assert elsewhere.get("/settings/").status_code == 302
    assert Session.objects.filter(account=account, ended_at=None).count() == 1


@pytest.mark.django_db
def test_somebody_with_a_second_step_goes_straight_in() -> None:
    first, second = an_organisation(), an_organisation(short_name="Второй институт")
    worker = a_member(first)
    browser = signed_in(worker)
    path = invite(second, a_member(second))

    assert browser.post(path)["Location"] == "/organisation/"

    assert browser.get("/organisation/")["Location"] == "/organisation/choose/"
    assert browser.post("/organisation/choose/", {"organisation": second.pk})["Location"] == "/organisation/"
    assert "Второй институт" in text_of(browser.get("/organisation/"))
    assert "Выбрать организацию" in text_of(browser.get("/organisation/"))


@pytest.mark.django_db
def test_a_half_open_session_accepts_nothing() -> None:
    organisation = an_organisation()
    path = invite(organisation, a_member(organisation))
    account = a_member(an_organisation())
    browser = Client()
    browser.post("/sign-in/", {"login": account.snils, "password": PASSWORD})  # the second step is missing

    assert "Войти" in text_of(browser.post(path))

    assert Invitation.objects.get().accepted_at is None


@pytest.mark.django_db
def test_signing_in_leads_back_to_the_invitation() -> None:
    organisation = an_organisation()
    path, account = invite(organisation, a_member(organisation)), an_account()
    page = text_of(Client().get(path))
    link = re.search(r'href="(/sign-in/\?next=[^"]+)"', page)
    assert link is not None

    answer = Client().post(link[1], {"login": account.snils, "password": PASSWORD})

    assert answer["Location"] == path


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["own-password", "temporary-password"])
def test_registering_leads_back_to_the_invitation(mode: str, settings: object) -> None:
    settings.REGISTRATION_MODE = mode  # type: ignore[attr-defined]
    organisation = an_organisation()
    path = invite(organisation, a_member(organisation))
    link = re.search(r'href="(/register/\?next=[^"]+)"', text_of(Client().get(path)))
    assert link is not None
    assert f'name="next" value="{path}"' in text_of(Client().get(link[1]))
    token = _registered(path)

    browser = Client()  # the letter may be opened in another one
    confirmed = browser.post(f"/register/confirm/{token}/")
    if mode == "temporary-password":
        assert f"/sign-in/?next={path.replace('/', '%2F')}" in text_of(confirmed)
        return
    answer = browser.post("/password/first/", {"password": "сирень-гавань-1907-фонарь"})

    assert answer["Location"] == path
    assert browser.post(path)["Location"] == "/sign-in/second-step/"


def _registered(path: str) -> str:
    """Somebody has filled in the form that the invitation led to; the secret of the letter."""
    import datetime as dt

    from foundation.signin.human import digits_of, new_digits

    details = registration_details()
    born = dt.date.fromisoformat(details.birth_date)
    check = new_digits(timezone.now())
    form = {
        "form_key": "k", "snils": details.snils, "surname": details.surname, "first_name": details.first_name,
        "birth_date_day": born.day, "birth_date_month": born.month, "birth_date_year": born.year, "sex": "F",
        "citizenship": "RUS", "region": "36", "phone": details.phone, "email": "vera@yandex.ru", "personal_data": "on",
        "agreement": "on", "human_token": check, "human_digits": digits_of(check) or "", "next": path,
    }  # fmt: skip
    assert Client().post("/register/", form).status_code == 302
    letter = answer_registration(Registration.objects.get().pk, now=timezone.now())
    assert letter is not None
    return letter.secret("link")


@pytest.mark.django_db
def test_nobody_is_led_elsewhere_by_a_registration() -> None:
    an_organisation()

    _registered("https://evil.example/")

    assert Registration.objects.get().details["onward"] == ""


@pytest.mark.django_db
def test_the_door_of_the_organisations_cabinet() -> None:
    organisation = an_organisation()
    doctor, former = a_specialist().account, a_member(organisation)
    Member.objects.filter(account=former).update(left_at=timezone.now())

    assert signed_in(doctor).get("/organisation/").status_code == 403
    assert signed_in(former).get("/organisation/").status_code == 403


@pytest.mark.django_db
def test_a_doctor_who_works_for_an_organisation_reaches_both_cabinets() -> None:
    organisation = an_organisation()
    doctor = a_specialist().account
    path = invite(organisation, a_member(organisation))
    browser = signed_in(doctor)
    browser.post(path)
    Factor.objects.create(
        account=doctor,
        kind="totp",
        data={"secret": "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU", "step": 0},
        created_at=timezone.now(),
    )
    doctor.refresh_from_db()
    browser = signed_in(doctor)

    assert 'href="/specialist/"' in text_of(browser.get("/organisation/"))
    assert 'href="/organisation/"' in text_of(browser.get("/specialist/"))
    assert 'href="/specialist/"' in text_of(browser.get("/settings/"))


@pytest.mark.django_db
def test_a_worker_who_is_no_specialist_is_offered_no_other_cabinet() -> None:
    page = text_of(signed_in(a_member(an_organisation())).get("/organisation/"))

    assert 'href="/specialist/"' not in page
    assert "Кабинет организации" in text_of(signed_in(a_member(an_organisation())).get("/settings/"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"email": "", "roles": ["teacher"]}, "Введите почту: на неё придёт приглашение"),
        ({"email": "x", "roles": ["teacher"]}, "В адресе почты нет знака @"),
        ({"email": "a@yandx.ru", "roles": ["teacher"]}, "Возможно, a@yandex.ru?"),
        ({"email": "a@nmfo.example", "roles": []}, "Выберите хотя бы одну роль"),
        ({"email": "a@nmfo.example", "roles": ["director"]}, "Выберите из списка"),
        ({"email": "a@nmfo.example", "roles": ["teacher"], "name": "н" * 301}, "не более 300"),
        ({"email": "there@nmfo.example", "roles": ["teacher"]}, "уже работает в организации"),
    ],
)
def test_an_unfit_invitation_is_not_sent(values: dict[str, object], sentence: str) -> None:
    browser = signed_in(a_member(an_organisation(), email="there@nmfo.example"))

    answer = browser.post("/organisation/staff/invite/", values)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert Invitation.objects.count() == 0


@pytest.mark.django_db
def test_people_are_invited_changed_and_removed_through_the_pages() -> None:
    organisation = an_organisation()
    browser = signed_in(a_member(organisation))
    worker = Member.objects.get(account=a_member(organisation, "teacher", surname="Учителев"))

    sent = browser.post("/organisation/staff/invite/", {"email": "a@nmfo.example", "roles": ["teacher"]}, follow=True)
    assert "Приглашение на a@nmfo.example отправлено" in text_of(sent)
    invitation = Invitation.objects.get()
    again = browser.post(f"/organisation/staff/invitations/{invitation.pk}/again/", follow=True)
    assert "Приглашение отправлено ещё раз" in text_of(again)
    gone = browser.post(f"/organisation/staff/invitations/{invitation.pk}/withdraw/", follow=True)
    assert "Приглашение отозвано" in text_of(gone)
    changed = browser.post(
        f"/organisation/staff/{worker.pk}/", {"roles": ["registrar"], "post": "секретарь"}, follow=True
    )
    assert "Роли изменены" in text_of(changed)
    assert "Учителев" in text_of(browser.get(f"/organisation/staff/{worker.pk}/remove/"))
    removed = browser.post(f"/organisation/staff/{worker.pk}/remove/", follow=True)
    assert "Сотрудник исключён" in text_of(removed)

    worker.refresh_from_db()
    assert (worker.roles, worker.post, worker.left_at is None) == (["registrar"], "секретарь", False)


@pytest.mark.django_db
def test_the_last_responsible_person_is_told_why_they_stay() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    member = Member.objects.get(account=owner)
    browser = signed_in(owner)

    left = browser.post(f"/organisation/staff/{member.pk}/remove/", follow=True)
    demoted = browser.post(f"/organisation/staff/{member.pk}/", {"roles": ["teacher"]})

    assert "Организация не может остаться без ответственного" in text_of(left)
    assert demoted.status_code == 422
    assert "Организация не может остаться без ответственного" in text_of(demoted)


@pytest.mark.django_db
def test_handing_over_asks_for_a_fresh_proof_and_does_it() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    heir = Member.objects.get(account=a_member(organisation, "teacher"))
    browser = signed_in(owner)

    assert "Передать организацию" in text_of(browser.get(f"/organisation/staff/{heir.pk}/hand-over/"))
    assert "Роль передана" in text_of(browser.post(f"/organisation/staff/{heir.pk}/hand-over/", follow=True))

    heir.refresh_from_db()
    assert heir.roles == ["owner", "teacher"]
    assert browser.get("/organisation/staff/invite/").status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["methodist", "registrar", "teacher"])
def test_others_see_the_people_and_change_nothing(role: str) -> None:
    organisation = an_organisation()
    owner = a_member(organisation, surname="Главнова")
    invite(organisation, owner, "secret@nmfo.example")
    browser = signed_in(a_member(organisation, role))
    other = Member.objects.get(account=owner)

    page = text_of(browser.get("/organisation/staff/"))
    assert "Главнова" in page
    assert "secret@nmfo.example" not in page
    for path in ("invite/", f"{other.pk}/", f"{other.pk}/hand-over/"):
        assert browser.get(f"/organisation/staff/{path}").status_code == 403
    assert browser.post(f"/organisation/staff/{other.pk}/remove/", follow=True).status_code == 200
    assert browser.get("/organisation/journal/").status_code == 403
    assert browser.post("/organisation/settings/", {"kind": "college", "about": "x"}).status_code == 422
    assert Member.objects.get(pk=other.pk).left_at is None


@pytest.mark.django_db
def test_a_worker_may_leave() -> None:
    organisation = an_organisation()
    a_member(organisation)
    worker = a_member(organisation, "teacher")
    member = Member.objects.get(account=worker)
    browser = signed_in(worker)

    assert browser.post(f"/organisation/staff/{member.pk}/remove/")["Location"] == "/settings/"

    assert browser.get("/organisation/").status_code == 403


def card(browser: Client, **values: str) -> dict[str, str]:
    page = text_of(browser.get("/organisation/settings/"))
    seen = re.search(r'name="seen" value="([0-9a-f]{16})"', page)
    assert seen is not None
    return {
        "kind": "academy",
        "about": "",
        "site": "",
        "public_email": "",
        "public_phone": "",
        "address": "",
        "seen": seen[1],
        **values,
    }


@pytest.mark.django_db
def test_the_card_is_previewed_saved_and_shown() -> None:
    organisation = an_organisation()
    browser = signed_in(a_member(organisation))
    filled = card(
        browser,
        about="# Учим\n\n**терапевтов**\n\n[сайт](https://a.example)",
        public_phone="8 (495) 555-01-42",
        site="a.example",
    )

    preview = browser.post("/organisation/settings/", {**filled, "preview": "1"})
    assert "<strong>терапевтов</strong>" in text_of(preview)
    organisation.refresh_from_db()
    assert organisation.about == ""
    assert "Карточка сохранена" in text_of(browser.post("/organisation/settings/", filled, follow=True))

    page = text_of(Client().get(f"/organisations/{organisation.pk}/"))
    assert "<h3>Учим</h3>" in page
    assert 'href="https://a.example" rel="nofollow noopener noreferrer"' in page
    assert "+7\u00a0495\u00a0555-01-42" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "about",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        '<a href="https://a.example" onclick="alert(1)">x</a>',
        "<style>*{display:none}</style>",
        "<svg onload=alert(1)>",
    ],
)
def test_the_card_can_do_nothing_to_its_readers(about: str) -> None:
    organisation = an_organisation(about=about)

    page = Client().get(f"/organisations/{organisation.pk}/").content.decode()

    body = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r"<script|<img|<style|<[^>]*\son\w+=|=\"javascript:|<svg[^>]*onload", body) == []


@pytest.mark.django_db
def test_two_people_who_change_the_card_notice_each_other() -> None:
    organisation = an_organisation()
    first, second = signed_in(a_member(organisation)), signed_in(a_member(organisation))
    mine, theirs = card(first, about="моё"), card(second, about="чужое")
    assert second.post("/organisation/settings/", theirs).status_code == 302

    answer = first.post("/organisation/settings/", mine)

    assert answer.status_code == 422
    assert "Тем временем сохранил коллега" in text_of(answer)
    assert "чужое" in text_of(answer)
    again = re.search(r'name="seen" value="([0-9a-f]{16})"', text_of(answer))
    assert again is not None
    assert first.post("/organisation/settings/", {**mine, "seen": again[1]}).status_code == 302
    organisation.refresh_from_db()
    assert organisation.about == "моё"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("about", "о" * 4001, "не более 4000"),
        ("site", "javascript:alert(1)", "Проверьте адрес сайта"),
        ("public_email", "x", "В адресе почты нет знака @"),
        ("public_phone", "555-01-42", "Введите номер с кодом города"),
        ("kind", "bank", "Выберите из списка"),
    ],
)
def test_an_unfit_card_is_not_saved(field: str, value: str, sentence: str) -> None:
    browser = signed_in(a_member(an_organisation()))

    answer = browser.post("/organisation/settings/", card(browser, **{field: value}))

    assert answer.status_code == 422
    assert sentence in text_of(answer)


@pytest.mark.django_db
def test_the_journal_names_the_staff_and_hides_the_operators() -> None:
    row, _token = opened()
    owner = an_account(surname="Ответова")
    browser = signed_in(owner)
    browser.post(address_of(Invitation.objects.get()))
    organisation = Organisation.objects.get()
    reader = signed_in(a_member(organisation))

    page = text_of(reader.get("/organisation/journal/"))

    assert "Принятие приглашения" in page
    assert "Ответова" in page
    assert "Оператор портала" in page
    assert "Операторова" not in page
    assert row.number not in page


@pytest.mark.django_db
def test_the_journal_names_the_item_a_line_is_about() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    version = a_version(an_item(organisation=organisation), title="Неотложная кардиология")
    foreign = a_version(an_item(), title="Чужая программа")
    for one in (version, foreign):
        record(actor_id=owner.pk, action="version.saved", subject="version", subject_id=one.pk, facts=facts())

    page = text_of(signed_in(owner).get("/organisation/journal/"))

    assert "Сохранение текста" in page
    assert "Неотложная кардиология" in page
    assert "Чужая программа" not in page


@pytest.mark.django_db
def test_the_journal_keeps_listeners_and_imports_of_the_register_out() -> None:
    organisation = an_organisation()
    owner, listener = a_member(organisation), an_account()
    item = an_item(organisation=organisation)
    for action, subject, pk in (
        ("item.started", "item", item.pk),
        ("run.awaited", "item", item.pk),
        ("register.imported", "organisation", organisation.pk),
    ):
        record(actor_id=listener.pk, action=action, subject=subject, subject_id=pk, facts=facts())

    page = text_of(signed_in(owner).get("/organisation/journal/"))

    assert "Новая карточка" in page
    assert "run.awaited" not in page
    assert "register.imported" not in page


def test_the_journal_has_words_for_everything_that_is_recorded() -> None:
    recorded = set()
    for folder in ("organisations", "catalogue"):
        for file in (ROOT / "src" / "nmfo" / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            recorded |= set(re.findall(r'action="([a-z]+\.[a-z_]+)"', text))
            recorded |= set(re.findall(r'_record\(\s*\w+,\s*"([a-z]+\.[a-z_]+)"', text))
            if folder == "catalogue":
                recorded |= {f"version.{what}" for what in re.findall(r'what="([a-z_]+)"', text)}
                recorded |= set(re.findall(r'"((?:version|run)\.(?:taken|left|opened|closed|cancelled))"', text))
    about_organisations = {name for name in recorded if not name.startswith(("synonym", "account", "search"))}

    assert len(about_organisations) > 40
    assert {f"enrolment.{state}" for state in State} - set(ACTIONS) == {"enrolment.draft"}  # never recorded
    assert about_organisations - set(ACTIONS) == {"run.awaited", "run.not_awaited"}  # of listeners, never shown


@pytest.mark.django_db
def test_the_first_day_has_its_steps_and_they_go_when_they_are_done() -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    browser = signed_in(owner)
    assert "Заполните карточку организации" in text_of(browser.get("/organisation/"))

    Organisation.objects.filter(pk=organisation.pk).update(about="Учим", licence_until_on=timezone.localdate())
    invite(organisation, owner)
    published(a_version(an_item(organisation=organisation)))

    page = text_of(browser.get("/organisation/"))
    assert "1 приглашение ждёт ответа" in page
    assert "Лицензия заканчивается" in page
    assert "Назначьте первый поток" in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/organisation/staff/", "/organisation/journal/", "/organisation/"])
def test_pages_of_the_cabinet_cost_the_same_for_few_and_for_many(path: str) -> None:
    organisation = an_organisation()
    owner = a_member(organisation)
    browser = signed_in(owner)
    a_member(organisation, "teacher")
    invite(organisation, owner, "0@nmfo.example")
    browser.get(path)
    few = _cost(browser, path)

    for number in range(1, 5):
        a_member(organisation, "teacher")
        invite(organisation, owner, f"{number}@nmfo.example")

    assert _cost(browser, path) == few


def _cost(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code == 200
    return len(queries)


@pytest.mark.django_db
def test_the_register_is_searched_by_name_inn_region_and_kind() -> None:
    wanted = an_organisation(short_name="Учёный институт", region_id="36", kind="university")
    other = an_organisation(short_name="Другая школа", region_id="77", kind="college")

    for query in ("q=ученый", f"q={wanted.inn}", "region=36", "kind=university", "q=УЧЁНЫЙ&region=36"):
        page = text_of(Client().get(f"/organisations/?{query}"))
        assert wanted.short_name in page, query
        assert other.short_name not in page, query


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "region=ZZ",
        "kind=bank",
        "page=x",
        "page=99999",
        "q=%25",
        "q=%00",
        "q=" + "x" * 301,
        "q='--",
        "region=36&region=77",
    ],
)
def test_the_register_answers_any_query(query: str) -> None:
    an_organisation()

    assert Client().get(f"/organisations/?{query}").status_code == 200


@pytest.mark.django_db
def test_a_region_without_organisations_shows_its_neighbours() -> None:
    an_organisation(short_name="Соседний институт", region_id="77")

    page = text_of(Client().get("/organisations/?region=36"))

    assert "Воронежская область: организаций с кабинетом пока нет" in page
    assert "Соседний институт" in page


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"licence_state": "suspended"}, {"licence_until_on": "2020-01-01"}])
def test_a_licence_that_is_not_in_force_is_said_in_red(values: dict[str, str]) -> None:
    organisation = an_organisation(**values)

    assert "Лицензия не действует" in text_of(Client().get(f"/organisations/{organisation.pk}/"))
    assert "лицензия не действует" in text_of(Client().get("/organisations/"))


@pytest.mark.django_db
def test_a_card_shows_what_is_published_and_only_that() -> None:
    organisation = an_organisation()
    published(a_version(an_item(organisation=organisation), title="Опубликованная программа"))
    a_version(an_item(organisation=organisation), title="Черновик программы")
    published(a_version(an_item(), title="Чужая программа"))

    page = text_of(Client().get(f"/organisations/{organisation.pk}/"))

    assert "Опубликованная программа" in page
    assert "Черновик программы" not in page
    assert "Чужая программа" not in page


@pytest.mark.django_db
def test_the_register_costs_the_same_for_few_and_for_many() -> None:
    an_organisation()
    few = _cost(Client(), "/organisations/?q=")

    for _number in range(30):
        an_organisation()

    assert _cost(Client(), "/organisations/?q=") == few


@pytest.mark.django_db
def test_the_first_page_of_cabinets_leads_organisations_to_their_application() -> None:
    an_organisation()
    browser = Client()
    assert "Я представляю образовательную организацию" in text_of(browser.get("/cabinet/"))

    assert browser.post("/cabinet/", {"level": "organisation", "register": "1"})["Location"] == "/for-organisations/"
    assert browser.post("/cabinet/", {"level": "organisation"})["Location"] == "/sign-in/"
