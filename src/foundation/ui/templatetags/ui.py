"""Components as template tags, and the filters that write dates, names and numbers (ux.md 8 and 9.2)."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import Context
from django.urls import NoReverseMatch
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from foundation.identifiers import email, phone, snils
from foundation.ui.addresses import address_of
from foundation.ui.icons import drawing
from foundation.ui.kept import part_of_page

register = template.Library()
_MOSCOW_LABEL = {"ru": "МСК", "en": "MSK"}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An inline drawing; `size`: sm or lg."""
    extra = f" i--{size}" if size else ""
    svg = f'<svg class="i{extra}" viewBox="0 0 24 24" aria-hidden="true">{drawing(name)}</svg>'
    return mark_safe(svg)  # noqa: S308 - drawn by us, nothing from outside


class Kept(template.Node):
    """What `{% kept %}` does."""

    def __init__(self, nodelist: template.NodeList, name: str, about: list[template.base.FilterExpression]) -> None:
        self.nodelist = nodelist
        self.name = name
        self.about = about

    def render(self, context: Context) -> SafeString:
        about = (self.name, *(one.resolve(context) for one in self.about))
        made = part_of_page(context["request"], about, lambda: self.nodelist.render(context))
        return mark_safe(made)  # noqa: S308 - rendered by a template


@register.tag
def kept(parser: template.base.Parser, token: template.base.Token) -> Kept:
    """`{% kept NAME VALUE … %}…{% endkept %}`: a part that is the same for all with these values, kept a minute."""
    _tag, name, *about = token.split_contents()
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, name, [parser.compile_filter(one) for one in about])


@register.inclusion_tag("ui/page_head.html")
def page_head(title: str, lead: str = "", hint: str = "") -> dict[str, str]:
    """Title of the page with its «?»."""
    return {"title": title, "lead": lead, "hint": hint}


@register.simple_tag
def hint(topic: str, label: str = "") -> SafeString:
    """The «?» that leads to a help topic; nothing in an installation without help."""
    address = page_url("public:help-topic", topic)
    if not address:
        return SafeString()
    return format_html('<a class="hint" href="{}" aria-label="{}">?</a>', address, label or _("Help about this page"))


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: BaseForm | None) -> dict[str, Any]:
    """All errors of a form, each a link to its field; nothing where a page has no form this time."""
    if form is None:
        return {"rows": [], "count": 0}
    rows = [
        {"id": first_id(form[name]) if name in form.fields else "", "text": text}
        for name, texts in form.errors.items()
        for text in texts
    ]
    return {"rows": rows, "count": len(rows), "no_field": not any(row["id"] for row in rows)}


def first_id(bound: BoundField) -> str:
    """The control that a link to the field should focus."""
    kind = type(bound.field.widget).__name__
    name = bound.auto_id
    if kind in {"RadioSelect", "CheckboxSelectMultiple"}:
        return f"{name}_0"
    return {"DateParts": f"{name}_0", "HumanWidget": f"{name}_tick"}.get(kind, name)


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, hint: str = "", width: str = "", optional: str = "") -> dict[str, Any]:
    """A field with label, hint, error and control; the kind of control follows from the form."""
    kind = type(bound.field.widget).__name__
    names = [
        name
        for name, there in ((f"{bound.auto_id}-hint", hint or bound.help_text), (f"{bound.auto_id}-err", bound.errors))
        if there
    ]
    attributes: dict[str, Any] = {}
    if kind not in {"RadioSelect", "CheckboxSelectMultiple", "CheckboxInput", "DateParts", "HumanWidget"}:
        attributes["class"] = " ".join(["in", *([f"in--w-{width}"] if width else [])])
    if names:
        attributes["aria-describedby"] = " ".join(names)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {
        "bound": bound,
        "kind": kind,
        "hint": hint or bound.help_text,
        "optional": optional,
        "control": bound.as_widget(attrs=attributes),
        "errors": bound.errors,
        "described": attributes.get("aria-describedby", ""),
    }


@register.inclusion_tag("ui/human_check.html")
def human_check(bound: BoundField) -> dict[str, Any]:
    """«Я не робот»."""
    return {"bound": bound, "control": bound.as_widget(), "errors": bound.errors}


@register.inclusion_tag("ui/button.html")
def button(
    label: str, kind: str = "", size: str = "", icon: str = "", name: str = "", value: str = ""
) -> dict[str, str]:
    """A button that sends its form."""
    return {"label": label, "kind": kind, "size": size, "icon": icon, "name": name, "value": value}


@register.inclusion_tag("ui/link_button.html")
def link_button(url: str, label: str, kind: str = "", size: str = "", icon: str = "") -> dict[str, str]:
    """A link that looks like a button: it leads, it does not send."""
    return {"url": url, "label": label, "kind": kind, "size": size, "icon": icon}


def badge_html(text: str, kind: str = "", sign: str = "") -> SafeString:
    """A short mark of a state; `sign`: the icon before it."""
    look, drawn = f"badge badge--{kind}" if kind else "badge", icon(sign) if sign else ""
    return format_html('<span class="{}">{}{}</span>', look, drawn, text)


@register.simple_tag(name="badge")
def _badge(text: str, kind: str = "", icon: str = "") -> SafeString:
    return badge_html(text, kind, icon)


@register.inclusion_tag("ui/stepper.html")
def stepper(steps: Sequence[tuple[str, str]], current: str, done: Collection[str] | None = None) -> dict[str, Any]:
    """Where one is in a wizard. `steps`: pairs of key and name.

    `done`: keys of those that are done, where steps can be passed over; without it all before the current one.
    """
    keys = [key for key, _name in steps]
    behind = keys[: keys.index(current)] if done is None else done
    return {
        "rows": [
            {"name": name, "state": "now" if key == current else "done" if key in behind else "later"}
            for key, name in steps
        ]
    }


@register.inclusion_tag("ui/empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "") -> dict[str, str]:
    """What will be here, and what to do."""
    return {"title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Links to the neighbouring pages, keeping the rest of the address."""
    request = context.get("request")
    query: QueryDict = request.GET.copy() if request else QueryDict(mutable=True)

    def address(number: int) -> str:
        query["page"] = str(number)
        return "?" + query.urlencode()

    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.simple_block_tag
def card(content: str, title: str = "", hint: str = "", id: str = "") -> SafeString:  # noqa: A002 - an HTML attribute
    """A framed part of a page."""
    return _render("ui/card.html", {"content": content, "title": title, "hint": hint, "id": id})


@register.simple_block_tag
def note(content: str, kind: str = "info", title: str = "") -> SafeString:
    """A notice: info, ok, warn or bad. The title says it all."""
    icons = {"info": "info", "ok": "check", "warn": "warning", "bad": "warning"}
    return _render("ui/note.html", {"content": content, "kind": kind, "title": title, "icon": icons[kind]})


def _render(name: str, context: dict[str, Any]) -> SafeString:
    return template.loader.get_template(name).render(context)  # type: ignore[attr-defined,no-any-return]


@register.simple_tag
def page_url(name: str, *args: object) -> str:
    """The address of a page, or nothing when this installation does not have it."""
    try:
        return address_of(name, *args)
    except NoReverseMatch:
        return ""


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """26 ноября 2026."""
    return _in_words(_day_of(value), get_language() or "ru") if value else ""


def _day_of(value: dt.date | dt.datetime) -> dt.date:
    return timezone.localdate(value) if isinstance(value, dt.datetime) else value


@functools.lru_cache(maxsize=4000)  # Django's takes thirty microseconds, and pages are full of the same days
def _in_words(on: dt.date, language: str) -> str:
    return _nbsp(formats.date_format(on, "j E Y" if language == "ru" else "j F Y"))


@register.filter
def month_and_year(value: dt.date) -> str:
    """ноя 2026."""
    return _month_and_year(value.year, value.month, get_language() or "ru")


@functools.lru_cache(maxsize=1000)
def _month_and_year(year: int, month: int, _language: str) -> str:
    return formats.date_format(dt.date(year, month, 1), "b Y")


@register.filter
def short_day(value: dt.date | dt.datetime | None) -> str:
    """26.11.2026."""
    return f"{_local(value):%d.%m.%Y}" if value else ""


@register.filter
def short_days(first: dt.date, last: dt.date) -> str:
    """24.11.2026–26.11.2026; one day stands once."""
    return short_day(first) if first == last else f"{short_day(first)}–{short_day(last)}"


@register.filter
def moment(value: dt.datetime | None) -> str:
    """26 ноября 2026, 18:00 МСК."""
    if not value:
        return ""
    zone = _MOSCOW_LABEL.get(get_language() or "ru", "MSK")
    return f"{day(value)}, {_local(value):%H:%M}\u00a0{zone}"


@register.filter
def clock(value: dt.datetime | None) -> str:
    """18:00 МСК."""
    return f"{_local(value):%H:%M}\u00a0{_MOSCOW_LABEL.get(get_language() or 'ru', 'MSK')}" if value else ""


@register.filter(name="snils")
def snils_filter(value: str) -> str:
    """112-233-445 95, unbreakable."""
    return snils.show(value).replace(" ", "\u00a0")


@register.filter
def masked_snils(value: str) -> str:
    """•••-•••-445 95."""
    return snils.mask(value).replace(" ", "\u00a0")


@register.filter(name="phone")
def phone_filter(value: str) -> str:
    """+7 900 555-01-42."""
    return phone.show(value).replace(" ", "\u00a0")


@register.filter
def masked_email(value: str) -> str:
    """m…a@ya.ru."""
    return email.mask(value)


@register.filter
def masked_number(value: str) -> str:
    """••• 2908: the end of a document's number, enough to compare."""
    return f"•••\u00a0{value[-4:]}" if len(value) > 4 else value  # noqa: PLR2004


@register.filter
def full_name(person: Any) -> str:
    """Соколова Марина Викторовна."""
    return " ".join(part for part in (person.surname, person.first_name, person.patronymic) if part)


@register.filter
def given_names(person: Any) -> str:
    """Марина Викторовна."""
    return " ".join(part for part in (person.first_name, person.patronymic) if part)


@register.filter
def initials(person: Any) -> str:
    """Соколова М. В."""
    letters = [f"{part[0]}." for part in (person.first_name, person.patronymic) if part]
    return "\u00a0".join([person.surname, *letters])


@register.filter
def monogram(person: Any) -> str:
    """МС: two letters in place of a photograph."""
    return f"{person.first_name[:1]}{person.surname[:1]}".upper()


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a key held in a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def logo() -> SafeString:
    """The mark: five arcs of the cycle."""
    arcs = (
        ("M21.60 4.08A16 16 0 0 1 34.65 13.56", "lg-a", ""),
        ("M35.63 16.60A16 16 0 0 1 30.65 31.94", "lg-a", ""),
        ("M28.07 33.82A16 16 0 0 1 11.93 33.82", "lg-c", ""),
        ("M9.35 31.94A16 16 0 0 1 4.37 16.60", "lg-a", "0.28"),
        ("M5.35 13.56A16 16 0 0 1 18.40 4.08", "lg-a", "0.28"),
    )
    drawn = "".join(
        f'<path d="{path}" class="{name}"' + (f' opacity="{faint}"/>' if faint else "/>") for path, name, faint in arcs
    )
    cross = '<path d="M20 14.5v11M14.5 20h11" class="lg-a" stroke-width="4"/>'
    return format_html(
        '<svg viewBox="0 0 40 40" aria-hidden="true" fill="none" stroke-width="6">{}{}</svg>',
        mark_safe(drawn),  # noqa: S308 - drawn by us
        mark_safe(cross),  # noqa: S308 - drawn by us
    )


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, dt.datetime) else value


def _nbsp(text: str) -> str:
    return text.replace(" ", "\u00a0")


@register.filter
def browser(agent: str) -> str:
    """Firefox, Windows: what a person recognises of a User-Agent."""
    kinds = (
        ("YaBrowser", "Яндекс Браузер"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for sign, name in options if sign in agent), "") for options in (kinds, systems)]
    return ", ".join(part for part in found if part) or _("Unknown browser")


@register.filter
def network(ip: str) -> str:
    """203.0.113.*: the block an address belongs to, enough to recognise home and work."""
    if "." in (ip or ""):
        return ip.rpartition(".")[0] + ".*"
    return ":".join((ip or "").split(":")[:4]) + ":…" if ip else ""
