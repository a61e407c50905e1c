"""Markdown of people outside the portal as safe HTML: no pictures, no code of theirs, links to the web and mail only.

What editors leave is made safe each time it is shown (promise U6): nothing is trusted because it was checked once.
"""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {
    "p", "br", "hr", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}  # the card has h1 and h2 itself
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def as_html(markdown: str) -> SafeString:
    """The text as HTML that may stand in a card; headings begin at the third level, pictures are their words."""
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
        token.children = _without_pictures(token.children) if token.children else token.children
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 - cleaned by nh3


def _without_pictures(tokens: Sequence[Token]) -> list[Token]:
    found = []
    for token in tokens:
        if token.type == "image":
            words = Token("text", "", 0)
            words.content = token.content
            found.append(words)
        else:
            found.append(token)
    return found
