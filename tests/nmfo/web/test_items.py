"""Pages where an organisation writes, and where operators review what it submitted."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.builders import a_run, an_operator, facts, signed_in
from tests.item_builders import a_draft, a_published, a_submitted, a_writer, run_of, texts
from tests.nmfo.catalogue.test_authoring import PDF
from tests.nmfo.web.test_pages import ORGANISATION_ITEMS

from nmfo.catalogue.models import Item, Remark, Run, Version
from nmfo.catalogue.operations import running
from nmfo.catalogue.queries import facts_of, whole
from nmfo.catalogue.rules.versions import VersionFacts
from nmfo.catalogue.rules.words import Kind
from nmfo.organisations.models import Member
from nmfo.organisations.rules import StaffRole


def form_of(facts_of_it: VersionFacts, revision: int, **changes: Any) -> dict[str, Any]:
    """The editor's form with a version's values, as a author sends it."""
    sent: dict[str, Any] = {"revision": str(revision)}
    for name in ("title", "annotation", "aims", "new_competence", "form", "event_kind", "zone", "region", "place", "link", "presence"):  # fmt: skip
        sent[name] = getattr(facts_of_it, name)
    for name in ("hours", "minutes", "sponsor_minutes", "credits", "presence_percent", "seats", "price_rub"):
        sent[name] = "" if getattr(facts_of_it, name) is None else str(getattr(facts_of_it, name))
    for name in ("distance", "e_learning", "internship", "simulation", "network", "basic_model", "on_site", "online"):
        if getattr(facts_of_it, name):
            sent[name] = "on"
    sent["levels"], sent["bases"] = list(facts_of_it.levels), list(facts_of_it.bases)
    for name in ("main_specialties", "other_specialties"):
        sent[name] = [str(one.pk) for one in getattr(facts_of_it, name)]
    for day, clock, at in (("begins_on", "begins_time", facts_of_it.begins_at), ("ends_on", "ends_time", facts_of_it.ends_at)):  # fmt: skip
        sent[day], sent[clock] = (
            (f"{timezone.localtime(at):%Y-%m-%d}", f"{timezone.localtime(at):%H:%M}") if at else ("", "")
        )
    sent["teachers_name"] = [one.name for one in facts_of_it.teachers] + ["", ""]
    sent["teachers_post"] = [one.post for one in facts_of_it.teachers] + ["", ""]
    return {**sent, **changes}


def read(version: Version) -> VersionFacts:
    return facts_of(whole(Version.objects.filter(pk=version.pk)).get())


def page(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def writer(db: None) -> Member:
    return a_writer()


@pytest.fixture
def author(writer: Member) -> Client:
    return signed_in(writer.account)


def test_every_page_opens_empty_and_filled(writer: Member, author: Client) -> None:
    assert {path: author.get(path).status_code for path in ORGANISATION_ITEMS} == dict.fromkeys(ORGANISATION_ITEMS, 200)
    item = a_published(writer, an_operator())
    run = running.add_run(item_id=item.pk, run=run_of(), by=writer, facts=facts(), now=timezone.now())
    filled = [
        *ORGANISATION_ITEMS,
        f"/organisation/items/{item.pk}/",
        f"/organisation/items/{item.pk}/preview/",
        f"/organisation/items/{item.pk}/preview/?version=1",
        f"/organisation/items/{item.pk}/withdraw/",
        f"/organisation/items/{item.pk}/runs/",
        f"/organisation/items/{item.pk}/runs/add/",
        f"/organisation/items/{item.pk}/runs/{run.pk}/",
        f"/organisation/items/{item.pk}/runs/{run.pk}/cancel/",
        *(f"/organisation/items/{a_draft(writer, kind).item_id}/edit/" for kind in Kind),
    ]
    assert {path: author.get(path).status_code for path in filled} == dict.fromkeys(filled, 200)


def test_an_item_is_begun_written_and_submitted_through_the_pages(writer: Member, author: Client) -> None:
    answer = author.post("/organisation/items/new/event/", {"title": "Вебинар о гипертензии", "form_key": "k"})
    draft = Version.objects.get()
    assert answer["Location"] == f"/organisation/items/{draft.item_id}/edit/"
    assert (draft.title, draft.zone) == ("Вебинар о гипертензии", "Europe/Moscow")
    wanted = texts("event", title="Вебинар о гипертензии", region="77", place="Зал 1", on_site=True)

    saved = author.post(answer["Location"], form_of(wanted, 0, teachers_name=["Ким О. П.", "", "Юн И."], teachers_post=["доцент", "", ""]))  # fmt: skip
    submitted = author.post(f"/organisation/items/{draft.item_id}/submit/", {"revision": "1"})

    assert (saved.status_code, submitted.status_code) == (302, 302)
    kept = read(draft)
    assert [(one.name, one.post) for one in kept.teachers] == [("Ким О. П.", "доцент"), ("Юн И.", "")]
    assert (kept.begins_at, kept.ends_at, kept.credits) == (wanted.begins_at, wanted.ends_at, 3)
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_what_is_missing_is_shown_as_tasks_that_lead_to_the_fields(writer: Member, author: Client) -> None:
    author.post("/organisation/items/new/programme/", {"title": "Терапия", "form_key": "k"})
    pk = Item.objects.get().pk

    answer = author.post(f"/organisation/items/{pk}/submit/", {"revision": "0"}, follow=True)

    shown = page(answer)
    assert "Заполнено ещё не всё" in shown
    for field in ("annotation", "aims", "levels", "hours", "form", "bases", "main_specialties"):
        assert f'href="/organisation/items/{pk}/edit/#at-{field}"' in shown


def test_two_writers_choose_between_their_texts(writer: Member, author: Client) -> None:
    draft = a_draft(writer)
    colleague = signed_in(a_writer(StaffRole.METHODIST, organisation=writer.organisation).account)
    path = f"/organisation/items/{draft.item_id}/edit/"
    before = read(draft)
    colleague.post(path, form_of(before, 0, title="Название коллеги", annotation="Аннотация коллеги"))

    answer = author.post(path, form_of(before, 0, title="Моё название"))

    shown = page(answer)
    assert answer.status_code == 422
    assert "Название коллеги" in shown
    assert 'value="Моё название"' in shown
    assert re.findall(r'name="conflict" value="(\w+)"', shown) == ["title", "annotation"]
    assert 'name="revision" value="1"' in shown
    chosen = {"conflict": ["title", "annotation"], "keep_title": "mine"}
    undecided = author.post(path, form_of(before, 1, title="Моё название", **chosen))
    assert undecided.status_code == 422
    assert re.search(r'value="mine"\s+checked', page(undecided))
    assert read(draft).title == "Название коллеги"

    author.post(path, form_of(before, 1, title="Моё название", **chosen, keep_annotation="theirs"))

    assert (read(draft).title, read(draft).annotation) == ("Моё название", "Аннотация коллеги")


def test_a_slip_while_choosing_does_not_let_the_colleagues_text_vanish(writer: Member, author: Client) -> None:
    draft = a_draft(writer)
    path = f"/organisation/items/{draft.item_id}/edit/"
    before = read(draft)
    author.post(path, form_of(before, 0, title="Название коллеги"))
    chosen = {"conflict": ["title"], "keep_title": "theirs"}

    slip = author.post(path, form_of(before, 1, title="Моё", hours="много", **chosen))
    again = author.post(
        path, form_of(before, int(re.findall(r'name="revision" value="(\d+)"', page(slip))[0]), title="Моё")
    )

    assert (slip.status_code, again.status_code) == (422, 422)
    assert 'name="conflict" value="title"' in page(again)
    assert read(draft).title == "Название коллеги"


def test_documents_are_added_and_can_be_opened(writer: Member, author: Client) -> None:
    draft = a_draft(writer)
    path = f"/organisation/items/{draft.item_id}/edit/"

    author.post(path, form_of(read(draft), 0, new_files=SimpleUploadedFile("Учебный план.pdf", PDF)))

    row = draft.files.get()
    answer = author.get(f"/organisation/items/{draft.item_id}/files/{row.pk}/")
    assert (answer.content, answer["Content-Disposition"].split(";")[0]) == (PDF, "attachment")
    stranger = signed_in(a_writer().account)
    assert stranger.get(f"/organisation/items/{draft.item_id}/files/{row.pk}/").status_code == 404


def test_a_run_is_set_changed_closed_and_cancelled(writer: Member, author: Client) -> None:
    item = a_published(writer, an_operator())
    wanted = run_of()
    sent = {
        "form_key": "k", "begins_on": wanted.begins_on.isoformat(), "ends_on": f"{wanted.ends_on:%d.%m.%Y}",
        "apply_until_on": wanted.apply_until_on.isoformat(), "seats": "25", "region": "77", "place": "Зал", "bases": ["contract"],
        "price_rub": "9 800",
    }  # fmt: skip
    author.post(f"/organisation/items/{item.pk}/runs/add/", sent)
    run = Run.objects.get()
    path = f"/organisation/items/{item.pk}/runs/{run.pk}/"
    seen = html.unescape(re.findall(r'name="seen" value="([^"]*)"', author.get(path).content.decode())[0])

    assert author.post(path, {**sent, "seats": "30", "seen": seen}).status_code == 302
    stale = author.post(path, {**sent, "seats": "40", "seen": seen})
    assert stale.status_code == 422
    assert "поток изменил другой сотрудник" in page(stale)
    assert 'value="40"' in page(stale)
    assert author.post(path, {**sent, "seats": "40", "seen": "нет"}).status_code == 422
    author.post(f"{path}close/")
    author.post(f"{path}cancel/", {"reason": "Нет преподавателя"})

    run.refresh_from_db()
    assert (run.seats, run.state, run.reason) == (30, "cancelled", "Нет преподавателя")


def test_an_unfinished_draft_says_of_what_it_does_not_know(writer: Member, author: Client) -> None:
    draft = a_draft(writer, "event", minutes=None)

    assert "Сколько ЗЕТ, пока неизвестно. 1 ЗЕТ за каждые 45 минут" in page(
        author.get(f"/organisation/items/{draft.item_id}/")
    ).replace("\xa0", " ")


def test_a_run_without_free_seats_is_said_to_be_full(writer: Member, author: Client) -> None:
    item = a_published(writer, an_operator())
    run = a_run(Version.objects.get(item=item), seats=25, taken=24)
    assert "Идёт приём заявок" in page(author.get("/organisation/runs/"))

    Run.objects.filter(pk=run.pk).update(taken=25)

    text = page(author.get("/organisation/runs/"))
    assert "Мест нет" in text
    assert "Идёт приём заявок" not in text


def test_lists_name_many_things_in_the_plural(writer: Member, author: Client) -> None:
    a_published(writer, an_operator())
    many = ["Все виды", "Программы", "Мероприятия", "Модули"]

    items = page(author.get("/organisation/items/"))
    reviews = page(signed_in(an_operator()).get("/operator/reviews/"))

    for text in (items, reviews):
        assert [name for name in many if re.search(rf">\s*{name}\s*<span", text)] == many
    assert "Отменённые" in page(author.get("/organisation/runs/"))


def test_a_run_is_refused_with_every_error_and_what_was_typed(writer: Member, author: Client) -> None:
    item = a_draft(writer).item
    wanted = run_of()

    answer = author.post(
        f"/organisation/items/{item.pk}/runs/add/",
        {"begins_on": wanted.ends_on.isoformat(), "ends_on": wanted.begins_on.isoformat(), "apply_until_on": "2027-13-01", "seats": "-1",
         "place": "Зал 5"},
    )  # fmt: skip

    shown = page(answer)
    assert answer.status_code == 422
    for sentence in ("Такого дня нет в календаре", "Число меньше нуля здесь не подходит", "Выберите основу обучения"):
        assert shown.count(sentence) >= 2
    assert 'value="Зал 5"' in shown
    swapped = author.post(
        f"/organisation/items/{item.pk}/runs/add/",
        {"begins_on": wanted.ends_on.isoformat(), "ends_on": wanted.begins_on.isoformat(), "apply_until_on": wanted.begins_on.isoformat(),
         "bases": ["contract"], "region": "77"},
    )  # fmt: skip
    assert "Поток кончается раньше, чем начинается" in page(swapped)
    assert not Run.objects.exists()


def test_an_operator_remarks_returns_and_publishes_through_the_pages(writer: Member, author: Client) -> None:
    first, second = a_submitted(writer), a_submitted(writer, "module", title="Модуль о гипертензии")
    desk = signed_in(an_operator())
    queue = page(desk.get("/operator/reviews/"))
    assert queue.index("Избранные вопросы терапии") < queue.index("Модуль о гипертензии")

    desk.post(f"/operator/reviews/{first.pk}/take/")
    desk.post(f"/operator/reviews/{first.pk}/?view=fields", {"field": "aims", "text": "Цели не измеримы"})
    returned = desk.post(f"/operator/reviews/{first.pk}/return/", {"words": ""})
    published = desk.post(f"/operator/reviews/{second.pk}/publish/")

    assert returned["Location"] == f"/operator/reviews/{second.pk}/"
    assert published["Location"] == "/operator/reviews/"
    assert dict(Version.objects.values_list("pk", "state")) == {first.pk: "returned", second.pk: "published"}
    editor = page(author.get(f"/organisation/items/{first.item_id}/edit/"))
    assert editor.index('id="at-aims"') < editor.index("Цели не измеримы") < editor.index('id="at-new_competence"')


def test_a_new_version_is_reviewed_by_what_has_changed(writer: Member, author: Client) -> None:
    operator = an_operator()
    item = a_published(writer, operator)
    author.post(f"/organisation/items/{item.pk}/new-version/")
    draft = Version.objects.get(number=2)
    author.post(
        f"/organisation/items/{item.pk}/edit/", form_of(read(draft), 0, annotation="О том, что важно дома.", hours="72")
    )
    author.post(f"/organisation/items/{item.pk}/submit/", {"revision": "1"})

    shown = page(signed_in(operator).get(f"/operator/reviews/{draft.pk}/"))

    assert re.findall(r"<del>.*?</span>(.*?)<span", shown) == ["36", "36", "на", "приёме"] or "<del>" in shown
    assert "приёме" in shown
    assert "дома" in shown


def test_nothing_to_return_for_keeps_the_page_and_says_why(writer: Member) -> None:
    version = a_submitted(writer)

    answer = signed_in(an_operator()).post(f"/operator/reviews/{version.pk}/return/", {"words": " "})

    assert answer.status_code == 422
    assert page(answer).count("Скажите, что исправить") >= 2


@pytest.mark.parametrize("decision", ["publish", "return"])
def test_nobody_decides_about_a_text_they_have_not_seen(writer: Member, author: Client, decision: str) -> None:
    version, desk = a_submitted(writer), signed_in(an_operator())
    seen = re.findall(r'name="revision" value="(\d+)"', page(desk.get(f"/operator/reviews/{version.pk}/")))
    author.post(f"/organisation/items/{version.item_id}/take-back/")
    edited = form_of(read(version), version.revision, annotation="То, чего оператор не читал.")
    author.post(f"/organisation/items/{version.item_id}/edit/", edited)
    author.post(f"/organisation/items/{version.item_id}/submit/", {"revision": "1"})

    answer = desk.post(
        f"/operator/reviews/{version.pk}/{decision}/", {"revision": seen[0], "words": "Почти"}, follow=True
    )

    assert seen == ["0", "0"]
    assert "Авторы изменили эту версию" in page(answer)
    version.refresh_from_db()
    assert (version.state, version.revision) == ("submitted", 1)

    desk.post(f"/operator/reviews/{version.pk}/{decision}/", {"revision": "1", "words": "Почти"})

    version.refresh_from_db()
    assert version.state == {"publish": "published", "return": "returned"}[decision]


def test_operators_do_not_see_drafts_nor_what_was_taken_back(writer: Member) -> None:
    draft = a_draft(writer)
    desk = signed_in(an_operator())
    submitted = a_submitted(writer)
    author = signed_in(writer.account)
    author.post(f"/organisation/items/{submitted.item_id}/take-back/")

    assert desk.get(f"/operator/reviews/{draft.pk}/").status_code == 404
    assert desk.get(f"/operator/reviews/{submitted.pk}/").status_code == 404
    late = desk.post(f"/operator/reviews/{submitted.pk}/publish/", follow=True)
    assert late.redirect_chain == [("/operator/reviews/", 302)]
    assert "Эта версия тем временем изменила состояние" in page(late) or "Черновик" in page(late)


def test_publishing_asks_for_a_fresh_proof_and_comes_back_to_the_review(writer: Member, settings: Any) -> None:
    version = a_submitted(writer)
    desk = signed_in(an_operator())
    settings.SUDO_SECONDS = 0

    answer = desk.post(f"/operator/reviews/{version.pk}/publish/")

    assert answer["Location"] == f"/settings/again/?next=%2Foperator%2Freviews%2F{version.pk}%2F"
    version.refresh_from_db()
    assert version.state == "submitted"


def test_an_operator_of_the_organisation_sees_why_they_cannot_decide(writer: Member) -> None:
    version, operator = a_submitted(writer), an_operator()
    Member.objects.create(
        organisation=writer.organisation, account=operator, roles=["teacher"], joined_at=timezone.now()
    )
    desk = signed_in(operator)

    shown = page(desk.get(f"/operator/reviews/{version.pk}/"))

    assert "Это подали вы или ваша организация" in shown
    assert "/publish/" not in shown
    desk.post(f"/operator/reviews/{version.pk}/publish/")
    desk.post(f"/operator/reviews/{version.pk}/", {"field": "", "text": "x"})
    assert Version.objects.get().state == "submitted"
    assert not Remark.objects.exists()


def test_menus_offer_what_a_role_may_and_a_refusal_names_the_right(writer: Member, author: Client) -> None:
    registrar = signed_in(a_writer("registrar", organisation=writer.organisation).account)
    mine, theirs = page(author.get("/organisation/items/")), page(registrar.get("/organisation/items/"))

    refused = registrar.get("/organisation/import/")

    assert ('href="/organisation/import/"' in mine, 'href="/organisation/import/"' in theirs) == (True, False)
    assert refused.status_code == 403
    assert "нужно право «Писать программы, мероприятия и модули и подавать на рассмотрение»" in page(refused)


def test_an_operator_accredits_and_withdraws(writer: Member) -> None:
    item = a_published(writer, an_operator())
    desk = signed_in(an_operator())

    desk.post(f"/operator/items/{item.pk}/accredit/", {"accredited": "1"})
    refused = desk.post(f"/operator/items/{item.pk}/", {"reason": ""})
    desk.post(f"/operator/items/{item.pk}/", {"reason": "Лицензия приостановлена"})

    item.refresh_from_db()
    assert refused.status_code == 422
    assert (item.accredited, item.state, item.withdrawn_reason) == (True, "withdrawn", "Лицензия приостановлена")
    assert "Лицензия приостановлена" in page(desk.get(f"/operator/items/{item.pk}/"))


def test_an_operator_finds_what_stands_in_the_catalogue_by_words(writer: Member) -> None:
    a_published(writer, an_operator(), title="Ведение больных с ИБС")
    a_published(writer, an_operator(), title="Приёмы реанимации")
    desk = signed_in(an_operator())

    found = {
        query: page(desk.get("/operator/items/", {"q": query})) for query in ("больной", "приемы", "ничего такого")
    }

    assert "Ведение больных с ИБС" in found["больной"]
    assert "Приёмы реанимации" not in found["больной"]
    assert "Приёмы реанимации" in found["приемы"]
    assert "Ничего не найдено" in found["ничего такого"]


@pytest.mark.parametrize(("role", "items", "runs"), [(StaffRole.TEACHER, 403, 403), (StaffRole.REGISTRAR, 403, 200), (StaffRole.METHODIST, 200, 200)])  # fmt: skip
def test_each_role_has_its_pages(writer: Member, role: str, items: int, runs: int) -> None:
    draft = a_draft(writer)
    author = signed_in(a_writer(role, organisation=writer.organisation).account)

    assert author.get("/organisation/items/").status_code == 200
    assert author.get(f"/organisation/items/{draft.item_id}/").status_code == 200
    assert author.get(f"/organisation/items/{draft.item_id}/edit/").status_code == items
    assert author.get(f"/organisation/items/{draft.item_id}/runs/add/").status_code == runs
    assert author.post(f"/organisation/items/{draft.item_id}/submit/").status_code == (302 if items == 200 else 403)


def test_z6_items_and_runs_of_another_organisation_are_not_there(writer: Member) -> None:
    item = a_published(writer, an_operator(), title="Чужая программа")
    run = running.add_run(item_id=item.pk, run=run_of(), by=writer, facts=facts(), now=timezone.now())
    author = signed_in(a_writer().account)

    for tail in (
        "",
        "edit/",
        "preview/",
        "withdraw/",
        "runs/",
        "runs/add/",
        f"runs/{run.pk}/",
        f"runs/{run.pk}/cancel/",
    ):
        assert author.get(f"/organisation/items/{item.pk}/{tail}").status_code == 404, tail
    for tail in ("edit/", "submit/", "take-back/", "drop/", "copy/", "new-version/", f"runs/{run.pk}/close/"):
        assert author.post(f"/organisation/items/{item.pk}/{tail}").status_code == 404, tail
    for path in ("/organisation/items/?q=Чужая", "/organisation/items/", "/organisation/runs/"):
        shown = page(author.get(path))
        assert "Чужая программа" not in shown
        assert 'class="count">1<' not in shown
    assert Version.objects.count() == 1


@pytest.mark.parametrize(("days", "said"), [(1, True), (2, True), (3, False)])
def test_a_run_with_more_hours_a_day_than_anybody_teaches_is_set_with_a_warning(
    writer: Member, author: Client, days: int, said: bool
) -> None:
    item = a_published(writer, an_operator())  # 36 hours
    first = timezone.localdate() + dt.timedelta(days=30)
    sent = {
        "form_key": "k", "begins_on": first.isoformat(), "ends_on": (first + dt.timedelta(days=days - 1)).isoformat(),
        "apply_until_on": first.isoformat(), "region": "77", "place": "Зал", "bases": ["contract"],
    }  # fmt: skip

    answer = author.post(f"/organisation/items/{item.pk}/runs/add/", sent, follow=True)

    run = Run.objects.get()
    path = f"/organisation/items/{item.pk}/runs/{run.pk}/"
    shown, kept = page(answer), page(author.get(path))
    for text in (shown, kept):
        assert ("Больше 12 ч в день провести трудно, проверьте." in text) == said
    if said:
        sentence = {1: "36 ч за 1 день: это 36 ч в день.", 2: "36 ч за 2 дня: это 18 ч в день."}[days]
        assert sentence in shown
        assert sentence in kept
        assert "Это ничему не мешает: если всё верно, оставьте как есть." in kept


def test_an_event_with_more_hours_a_day_than_anybody_teaches_is_asked_about_and_can_be_submitted(
    writer: Member, author: Client
) -> None:
    begins = (timezone.now() + dt.timedelta(days=30)).replace(hour=5, minute=0, second=0, microsecond=0)
    night = begins + dt.timedelta(hours=15)
    draft = a_draft(writer, "event", begins_at=begins, ends_at=night, minutes=15 * 60)
    usual = a_draft(writer, "event", begins_at=begins, ends_at=night, minutes=8 * 60)

    pages = [page(author.get(f"/organisation/items/{draft.item_id}/{more}")) for more in ("", "edit/")]
    quiet = page(author.get(f"/organisation/items/{usual.item_id}/edit/"))
    answer = author.post(f"/organisation/items/{draft.item_id}/submit/", {"revision": draft.revision}, follow=True)

    for text in pages:
        assert "Взгляните ещё раз" in text
        assert "15 ч за 1 день: это 15 ч в день. Больше 12 ч в день провести трудно, проверьте." in text
    assert "Взгляните ещё раз" not in quiet
    assert Version.objects.get(pk=draft.pk).state == "submitted", page(answer)
