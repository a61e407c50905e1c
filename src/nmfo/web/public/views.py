"""The public site: home page, what the portal is, rules in words, help, texts people agree to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from foundation.ui.kept import kept_for_strangers
from foundation.ui.offline import kept_on_device
from nmfo.accounts.models import AgreementVersion
from nmfo.accounts.queries import current_version, versions
from nmfo.accounts.rules import AgreementKind
from nmfo.content.figures import home_figures
from nmfo.content.topics import as_html, find_topics, frequent_topics, topic_of, topics
from nmfo.cycles.queries.sets import extensions, published_sets
from nmfo.web.public.catalogue.front import front


def _page(request: HttpRequest, name: str, context: dict[str, Any] | None = None) -> HttpResponse:
    return render(request, f"public/{name}.html", context or {})


@login_not_required
@require_safe
@kept_on_device
@kept_for_strangers
def home(request: HttpRequest) -> HttpResponse:
    """P-01: search, frequent tasks, the cycle, figures from the database, nearest events, questions, rules."""
    now = timezone.now()
    frequent = frequent_topics(get_language() or "ru")
    context = {"figures": home_figures(now), "frequent": frequent, **front(timezone.localdate(now))}
    return _page(request, "home", context)


@login_not_required
@require_safe
@kept_for_strangers
def about(request: HttpRequest) -> HttpResponse:
    """What the portal is (R-054, R-088, R-160)."""
    return _page(request, "about")


@login_not_required
@require_safe
@kept_for_strangers
def rules(request: HttpRequest) -> HttpResponse:
    """Rules of credits as they are published, with their days and acts: what the portal counts by (domain.md 3.1)."""
    return _page(request, "rules", {"rule_sets": published_sets(), "acts": extensions()})


@login_not_required
@require_safe
@kept_for_strangers
def accessibility(request: HttpRequest) -> HttpResponse:
    """What is done so that everybody can use the portal, and where to complain."""
    return _page(request, "accessibility")


@login_not_required
@require_safe
@kept_for_strangers
def help_index(request: HttpRequest) -> HttpResponse:
    """Questions and answers, with a search."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:100]
    language = get_language() or "ru"
    return _page(request, "help", {"q": query, "topics": find_topics(query, language) if query else topics(language)})


@login_not_required
@require_safe
@kept_for_strangers
def help_topic(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic; every «?» leads here."""
    topic = topic_of(slug, get_language() or "ru")
    if topic is None:
        raise Http404
    return _page(request, "topic", {"topic": topic})


@login_not_required
@require_safe
@kept_for_strangers
def terms(request: HttpRequest) -> HttpResponse:
    """The user agreement in force."""
    return _version(request, current_version(AgreementKind.AGREEMENT, timezone.localdate()))


@login_not_required
@require_safe
@kept_for_strangers
def privacy(request: HttpRequest) -> HttpResponse:
    """The consent to the processing of personal data in force."""
    return _version(request, current_version(AgreementKind.PERSONAL_DATA, timezone.localdate()))


@login_not_required
@require_safe
def agreement_version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version by its number, in force or not."""
    return _version(request, versions().filter(pk=pk).first())


def _version(request: HttpRequest, version: AgreementVersion | None) -> HttpResponse:
    if version is None:
        raise Http404
    text = version.text_en if get_language() == "en" else version.text_ru
    others = [row for row in versions().filter(kind=version.kind) if row.pk != version.pk]
    return _page(request, "version", {"version": version, "html": as_html(text), "others": others})
