"""Help topics: a Markdown file for each and language; the first heading is the question."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

FOLDER = Path(__file__).parent / "help"
_FREQUENT = ("letter-not-received", "cannot-sign-in", "which-documents", "how-to-register")
_TAGS = {
    "p",
    "ul",
    "ol",
    "li",
    "h2",
    "h3",
    "strong",
    "em",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "br",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A question and its answer."""

    slug: str
    title: str
    text: str

    @property
    def lead(self) -> str:
        """The first sentence of the answer, for lists."""
        lines = (line.strip() for line in self.text.splitlines() if not line.startswith("# "))
        first = re.sub(r"^(?:[*-]|\d+\.)\s+|[*`]", "", next(line for line in lines if line))
        return re.split(r"(?<=[.!?])\s", first)[0]

    @property
    def html(self) -> SafeString:
        """The answer as HTML."""
        return as_html(self.text)


def as_html(markdown: str) -> SafeString:
    """Markdown as safe HTML; the heading of the first level is the page's business and is left out."""
    body = "\n".join(line for line in markdown.splitlines() if not line.startswith("# "))
    html = MarkdownIt("commonmark").enable("table").render(body)
    return mark_safe(nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}))  # noqa: S308 - cleaned by nh3


@functools.cache
def topics(language: str) -> tuple[Topic, ...]:
    """All topics of a language, in the order of their titles."""
    found = [_read(file, language) for file in FOLDER.glob(f"*.{'en' if language == 'en' else 'ru'}.md")]
    return tuple(sorted(found, key=lambda topic: topic.title.lower().replace("ё", "е")))


def topic_of(slug: str, language: str) -> Topic | None:
    """A topic by its slug."""
    return next((topic for topic in topics(language) if topic.slug == slug), None)


def frequent_topics(language: str) -> tuple[Topic, ...]:
    """What people ask most, for the home page."""
    by_slug = {topic.slug: topic for topic in topics(language)}
    return tuple(by_slug[slug] for slug in _FREQUENT)


def find_topics(query: str, language: str) -> tuple[Topic, ...]:
    """Topics that have every word of the query, those with it in the title first."""
    words = [word[:-2] if len(word) > 5 else word for word in query.lower().replace("ё", "е").split()]  # noqa: PLR2004
    hits = [topic for topic in topics(language) if all(word in _plain(topic) for word in words)]
    return tuple(sorted(hits, key=lambda topic: not any(word in topic.title.lower() for word in words)))


def _plain(topic: Topic) -> str:
    return f"{topic.title} {topic.text}".lower().replace("ё", "е")


def _read(file: Path, language: str) -> Topic:
    text = file.read_text(encoding="utf-8")
    title = text.splitlines()[0].removeprefix("# ").strip()
    return Topic(slug=file.name.split(".")[0], title=title, text=text)
