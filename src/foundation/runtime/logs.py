"""Structured logs: one JSON object a line, ids only; a last filter removes what looks like personal data (P4, I4)."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from types import TracebackType
from typing import Any

import structlog

# Order matters: a token may contain digits that look like a number of something.
_SHAPES = (
    # What PostgreSQL adds to an error: the row that broke a rule, the line of a file, the text of the statement.
    (
        re.compile(r"\n(?:DETAIL|CONTEXT|QUERY|LINE \d+): .*?(?=\n\n(?:The above|During handling)|\Z)", re.DOTALL),
        "",
    ),
    (re.compile(r"/[A-Za-z0-9_-]{40,}"), "/…"),  # a link of a letter, whatever it opens: 43 signs
    # Django's own word for a request, with all that was asked; in double quotes when there is an apostrophe in it.
    (re.compile(r"""(<\w+Request: [A-Z]+ (['"])[^?\n]*)\?[^\n]*(?=\2>)"""), r"\1?…"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<!\d)\d{3}[-\s]?\d{3}[-\s]?\d{3}[-\s]?\d{2}(?!\d)"), "…-…-… …"),
    (re.compile(r"(?<![\d])(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)"), "+…"),
)
# What each of the shapes has at least: most of what is logged has nothing of it, and there is a line for each request.
_SUSPECT = re.compile(r"[@<\n]|%40|\d{3}|[A-Za-z0-9_-]{40}")


def clean(text: str) -> str:
    """The text without shapes of СНИЛС, telephone numbers, addresses of mail and tokens in addresses of pages."""
    if not _SUSPECT.search(text):
        return text
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_DATA_ERROR = "22"  # class of errors that quote the value


def _exception(exc_info: _ExcInfo) -> str:
    """A traceback whose errors of the database say what rule was broken, and nothing of the row."""
    text = "".join(traceback.format_exception(*exc_info))
    for told, kept in _told_by_the_database(exc_info[1]):
        text = text.replace(told, kept)
    return text.rstrip("\n")


def _told_by_the_database(error: BaseException | None) -> Iterator[tuple[str, str]]:
    """What each error of the database in a chain says, and what may be written of it."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
        diagnostic = getattr(one, "diag", None)
        primary = getattr(diagnostic, "message_primary", None)
        if not primary:
            continue
        if (getattr(diagnostic, "sqlstate", None) or "").startswith(_DATA_ERROR):
            primary = re.sub('".*"', '"…"', primary, flags=re.DOTALL)
        yield str(one), primary


def _clean_event(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    plain = int | float | bool | None
    return {key: value if isinstance(value, plain) else clean(str(value)) for key, value in event.items()}


def set_up(level: str) -> None:
    """Send everything, our own lines and those of libraries, through one chain to standard output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_exception),
                _clean_event,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # django.template tells at debug of each name it does not find, with everything the page was given.
    for noisy in ("procrastinate", "django.db.backends", "django.template", "PIL", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.getLevelName(level.upper()), logging.WARNING))
