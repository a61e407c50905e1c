from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import an_operator, signed_in
from tests.item_builders import a_draft, a_published, a_submitted, a_writer

from nmfo.web.parts.markdown import as_html

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](<javascript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '[x](https://example.org "\\" onmouseover=alert(1)")',
    "![x](https://example.org/counter.png)",
    "![x](javascript:alert(1))",
    "<iframe src=https://example.org></iframe>",
    "<style>body{display:none}</style>",
    "<form action=https://example.org><input name=password></form>",
    "`<script>alert(1)</script>`",
    "<b style=position:fixed>x</b>",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
TAGS = {"p", "br", "hr", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}


class Reader(HTMLParser):
    """What a browser would make of it: tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.strange: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given_ones = dict(attrs)
        address, rel = given_ones.pop("href", None), given_ones.pop("rel", None)
        known = tag in TAGS | TABLES and not given_ones
        link = tag == "a" and rel == "nofollow noopener noreferrer"
        safe = address is None or re.match(r"(?:https?://|mailto:|[^:]*$)", address)
        if not (known and safe and (link or (address is None and rel is None))):
            self.strange.append(str(self.get_starttag_text()))

    def handle_decl(self, decl: str) -> None:
        self.strange.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.strange.append(data)

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)


def strange(page: str) -> list[str]:
    """What a card's text may not have."""
    return Reader(page).strange


@pytest.mark.parametrize("attack", ATTACKS)
def test_u6_nothing_of_theirs_runs(attack: str) -> None:
    assert strange(as_html(f"Текст.\n\n{attack}\n\nЕщё.")) == []


@given(st.text(alphabet=st.sampled_from("<>\"'`[]()!&#;:/\\ \nажsrcipthrefonload=javascript:%*_-|"), max_size=200))
def test_u6_whatever_is_typed_only_known_tags_come_out(text: str) -> None:
    assert strange(as_html(text)) == []


def test_u6_what_is_meant_stays() -> None:
    shown = as_html(
        "# Тема\n\n**важно** и *нет*\n\n* раз\n\n|a|b|\n|-|-|\n|1|2|\n\n[сайт](https://example.org/?a=1&b=2)\n\n![схема](https://example.org/x.png)"
    )

    assert "<h3>Тема</h3>" in shown
    assert "<strong>важно</strong>" in shown
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener noreferrer">сайт</a>' in shown
    assert "<td>2</td>" in shown
    assert "<p>схема</p>" in shown


@pytest.mark.django_db
def test_u6_cards_previews_and_reviews_show_it_made_safe() -> None:
    by, operator = a_writer(), an_operator()
    attack = "[нажмите](javascript:alert(1)) <script>alert(1)</script> <img src=x onerror=alert(1)>"
    given_texts = {"title": "<script>alert(1)</script>", "annotation": attack, "aims": attack, "new_competence": attack}
    item, version = a_published(by, operator, **given_texts), a_submitted(by, **given_texts)
    draft = a_draft(by, **given_texts)
    author, desk = signed_in(by.account), signed_in(operator)

    pages = [
        author.get(f"/organisation/items/{item.pk}/preview/"),
        author.get(f"/organisation/items/{item.pk}/"),
        author.get(f"/organisation/items/{draft.item_id}/edit/"),
        author.post("/organisation/items/text-preview/", {"text": attack}),
        desk.get(f"/operator/reviews/{version.pk}/?view=card"),
        desk.get(f"/operator/reviews/{version.pk}/?view=fields"),
        desk.get(f"/operator/items/{item.pk}/"),
    ]

    for answer in pages:
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert "<script>alert" not in shown
        assert "<img" not in shown
        assert not re.search(r'href="\s*javascript', shown, re.IGNORECASE)
