"""The HTML of facets. Seventy boxes a page cost two milliseconds in a template and a tenth of one here."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from html import escape

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foundation.ui.templatetags.ui import icon
from nmfo.web.public.catalogue.facets import Facet, Option


def options_html(options: Iterable[Option]) -> SafeString:
    """Boxes to tick, each with its count."""
    return mark_safe("".join([_option(option) for option in options]))  # noqa: S308 - every value is escaped


def facets_html(facets: Iterable[Facet]) -> SafeString:
    """All facets that have something to offer."""
    arrow = icon("down")
    words = (pgettext("beginning of a range", "From"), pgettext("end of a range", "To"))
    shown = [_facet(facet, arrow, words) for facet in facets if facet.options or facet.fields]
    return mark_safe("".join(shown))  # noqa: S308 - every value is escaped


def clear_html(url: str) -> SafeString:
    """The way back to the words alone, beside the button that applies the filters."""
    return format_html('<a class="btn btn--ghost" href="{}">{}</a>', url, _("Clear all"))


def _facet(facet: Facet, arrow: str, words: tuple[str, str]) -> str:
    return (
        f'<details class="facet" id="facet-{facet.name}"{" open" if facet.is_open else ""}>\n'
        f"<summary>{escape(facet.title)}{arrow}</summary>\n"
        f'<div class="facet__b">\n'
        f"{options_html(facet.options)}{_fields(facet, words)}{options_html(facet.switches)}{_more(facet)}"
        f"</div>\n</details>\n"
    )


def _option(option: Option) -> str:
    before, after = _box(option.name, option.value, option.label, option.chosen)
    number = "" if option.number is None else f'<span class="count">{option.number}</span>'
    return f"{before}{number}{after}"


@functools.lru_cache(maxsize=20_000)
def _box(name: str, value: str, label: str, chosen: bool) -> tuple[str, str]:  # noqa: FBT001 - a key of the cache
    """What stands before and after the count: the same on every page."""
    place, checked = f"{name}-{escape(value)}", " checked" if chosen else ""
    before = (
        f'<label class="pick pick--sm" for="{place}">'
        f'<input type="checkbox" id="{place}" name="{name}" value="{escape(value)}"{checked}>'
        f'<span class="pick__t">{escape(label)}'
    )
    return before, "</span></label>\n"


def _fields(facet: Facet, words: tuple[str, str]) -> str:
    if not facet.fields:
        return ""
    kind = 'type="date"' if facet.name == "when" else 'inputmode="numeric" maxlength="8"'
    fields = [
        f'<div><label class="muted small" for="{name}">{escape(word)}</label>'
        f'<input class="in in--sm" id="{name}" name="{name}" value="{escape(value)}" {kind}></div>\n'
        for (name, value), word in zip(facet.fields.items(), words, strict=True)
    ]
    return f'<div class="facet__two">\n{"".join(fields)}</div>\n'


def _more(facet: Facet) -> str:
    if facet.more <= 0:
        return ""
    text = escape(_("%(n)s more") % {"n": facet.more})
    return f'<a class="small facet__more" href="{escape(facet.more_url)}" data-more="{facet.name}">{text}</a>\n'
