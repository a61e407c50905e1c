"""Addresses for search engines: robots.txt, an index, and pages of at most ten thousand addresses, streamed."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from nmfo.catalogue.search.showing import last_item, listed_between
from nmfo.web.parts.addresses import absolute
from nmfo.web.public.catalogue.rows import card_address

SIZE = 10_000
_PAGES = ("home", "catalogue", "about", "rules", "accessibility", "help", "terms", "privacy")
_CLOSED = ("/specialist/", "/organisation/", "/operator/", "/settings/", "/catalogue/facets/", "/catalogue/suggest/")
_XML = "application/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots need not look at, and where the addresses are."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED), ""]
    lines += [f"Sitemap: {absolute(reverse('public:sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index: page 0 has the fixed pages, page n the items whose keys lie in the n-th ten thousand."""
    pages = range(last_item() // SIZE + 2)
    addresses = [absolute(reverse("public:sitemap-page", args=[page])) for page in pages]
    entries = "".join(f"<sitemap><loc>{one}</loc></sitemap>\n" for one in addresses)
    return HttpResponse(f"{_HEAD}<sitemapindex {_SPACE}>\n{entries}</sitemapindex>\n", content_type=_XML)


@login_not_required
@require_safe
def sitemap_page(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """One page of addresses."""
    if pk > last_item() // SIZE + 1:
        raise Http404
    site = absolute("")
    return StreamingHttpResponse(_page(site, pk), content_type=_XML)


def _page(site: str, page: int) -> Iterator[str]:
    yield f"{_HEAD}<urlset {_SPACE}>\n"
    if page == 0:
        for name in _PAGES:
            yield f"<url><loc>{site}{reverse(f'public:{name}')}</loc></url>\n"
    else:
        for item, kind, published_at in listed_between((page - 1) * SIZE, page * SIZE):
            day = f"<lastmod>{published_at.date().isoformat()}</lastmod>" if published_at else ""
            yield f"<url><loc>{site}{card_address(kind, item)}</loc>{day}</url>\n"
    yield "</urlset>\n"
