"""What every page's frame shows: menus of pages that exist, and whose cabinet it is."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nmfo.accounts.rules import Role
from nmfo.organisations.rules import Right, may
from nmfo.web.middleware import BOTH


@dataclass(slots=True, kw_only=True)
class Item:
    """A link of a menu."""

    name: str | Promise
    url: str
    icon: str = ""
    here: bool = False
    count: int = 0


@dataclass(slots=True, kw_only=True)
class Group:
    """A part of a menu."""

    name: str | Promise = ""
    items: list[Item] = field(default_factory=list)


_FIRST_PAGE = 2  # slashes in the address of a cabinet's first page
PUBLIC = (
    ("public:catalogue", _("Catalogue")),
    ("public:catalogue?kind=event", _("Events")),
    ("public:organisations", _("Organisations")),
    ("public:rules", pgettext_lazy("menu", "Rules")),
    ("public:help", _("Help")),
    ("public:about", _("About")),
)
FOOTER = (
    (
        _("For specialists"),
        (
            ("account:register", _("Registration")),
            ("account:sign-in", _("Sign in")),
            ("account:recover", _("Recover the password")),
            ("public:catalogue", _("Catalogue")),
            ("public:rules", _("Rules of credits")),
        ),
    ),
    (
        _("For organisations"),
        (
            ("applicant:about", _("How to get an account")),
            ("applicant:begin", _("Apply for an account")),
            ("public:organisations", _("Register of organisations")),
        ),
    ),
    (
        _("Help"),
        (
            ("public:help", _("Questions and answers")),
            ("public:accessibility", _("Accessibility")),
            ("dev:mail", _("Letters of this stand")),
            ("gallery:all", _("Components of this stand")),
        ),
    ),
    (
        _("About the portal"),
        (
            ("public:about", _("About")),
            ("public:terms", _("User agreement")),
            ("public:privacy", _("Personal data")),
        ),
    ),
)
SPECIALIST = (
    (
        "",
        (
            ("specialist:dashboard", _("Main page"), "home"),
            ("specialist:plan", _("Plan of the cycle"), "check"),
            ("specialist:cycles", _("My cycles"), "scale"),
        ),
    ),
    (
        _("Credits"),
        (
            ("specialist:credits", _("Where are my credits"), "list"),
            ("specialist:codes", _("Enter a code"), "ticket"),
        ),
    ),
    (
        _("Catalogue"),
        (
            ("public:catalogue", _("Catalogue of learning"), "search"),
            ("public:saved", _("Saved searches"), "bell"),
        ),
    ),
    (
        _("Learning"),
        (
            ("specialist:applications", _("My applications"), "document"),
            ("specialist:events", _("My events"), "calendar"),
        ),
    ),
    (
        _("Profile"),
        (
            ("specialist:profile", _("My profile"), "person"),
            ("specialist:documents", _("Documents"), "folder"),
            ("specialist:messages", _("Messages"), "message"),
        ),
    ),
    (
        _("Account"),
        (
            ("account:settings", _("Settings"), "gear"),
            ("specialist:my-data", _("My data"), "shield"),
        ),
    ),
)
OPERATOR = (
    ("", (("operator:home", _("My queue"), "home"),)),
    (_("Review"), (("operator:organisations", _("Applications of organisations"), "document"),)),
    (
        _("People"),
        (
            ("operator:people", _("People"), "person"),
            ("operator:disputes", _("Disputed data"), "warning"),
            ("operator:register", _("Register"), "list"),
        ),
    ),
    (
        _("Catalogue"),
        (
            ("operator:reviews", _("Review of programmes"), "check"),
            ("operator:items", _("What stands in the catalogue"), "layers"),
            ("operator:synonyms", _("Synonyms"), "swap"),
            ("operator:rule-sets", _("Rule sets of cycles"), "scale"),
        ),
    ),
    (
        pgettext_lazy("menu", "Credits"),
        (
            ("operator:claims", _("Requests about credits"), "message"),
            ("operator:corrections", _("Corrections of credits"), "swap"),
            ("operator:code-batches", _("Confirmation codes to approve"), "ticket"),
            ("operator:credits", _("Overdue results"), "warning"),
            ("operator:signals", _("Signals"), "eye"),
        ),
    ),
    (
        _("System"),
        (
            ("operator:letters", _("Letters in trouble"), "mail"),
            ("operator:jobs", _("Jobs in trouble"), "gear"),
        ),
    ),
)
ORGANISATION = (
    (
        "",
        (("organisation:home", _("Today"), "home"),),
    ),
    (
        _("Teaching"),
        (
            ("organisation:items", _("Programmes and events"), "layers"),
            ("organisation:runs", _("Runs and dates"), "calendar"),
            ("organisation:imports", _("Programmes from a file"), "upload"),
        ),
    ),
    (
        _("Listeners and participants"),
        (
            ("organisation:applications", _("Applications for learning"), "mail"),
            ("organisation:events", _("Events and presence"), "people"),
            ("organisation:codes", _("Confirmation codes"), "ticket"),
            ("organisation:report", _("Report of credits"), "wallet"),
            ("organisation:frdo", _("Register of documents (FRDO)"), "medal"),
        ),
    ),
    (
        _("Organisation"),
        (
            ("organisation:staff", _("People and roles"), "person"),
            ("organisation:settings", _("Card of the organisation"), "document"),
            ("organisation:journal", _("Journal"), "list"),
        ),
    ),
    (_("Account"), (("account:settings", _("Settings"), "gear"),)),
)
TABS = {
    "organisation": (
        ("organisation:home", _("Today"), "home"),
        ("organisation:applications", pgettext_lazy("tab", "Applications"), "mail"),
        ("organisation:items", _("Programmes"), "layers"),
        ("organisation:runs", _("Runs"), "calendar"),
        ("account:settings", _("Settings"), "gear"),
    ),
    "specialist": (
        ("specialist:dashboard", _("Main page"), "home"),
        ("specialist:plan", pgettext_lazy("tab", "Plan"), "check"),
        ("public:catalogue", _("Catalogue"), "search"),
        ("specialist:credits", pgettext_lazy("tab", "Credits"), "list"),
        ("specialist:messages", _("Letters"), "message"),
    ),
    "operator": (
        ("operator:home", pgettext_lazy("tab", "Queue"), "home"),
        ("operator:reviews", _("Programmes"), "check"),
        ("operator:organisations", pgettext_lazy("tab", "Applications"), "document"),
        ("operator:people", _("People"), "person"),
        ("operator:disputes", _("Disputed"), "warning"),
    ),
}


def address(name: str) -> str:
    """The address of a page, or nothing when this installation does not have it."""
    return "" if name in {"dev:mail", "gallery:all"} and settings.SMTP["host"] else _address(name)


@functools.cache  # fifty a page
def _address(name: str) -> str:
    page, sign, query = name.partition("?")
    try:
        return reverse(page) + sign + query
    except NoReverseMatch:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What menus depend on: whose cabinet, what the person may, and the page they stand on."""

    kind: str
    signed_in: bool
    operator: bool
    teaches: bool
    both: bool
    several: bool
    roles: tuple[str, ...] | None  # of a member of an organisation; common pages do not know them
    letters: bool  # whether the portal shows letters itself
    path: str
    full_path: str


def _items(seen: Seen, rows: Any) -> list[Item]:
    found = [Item(name=row[1], url=address(row[0]), icon=row[2] if len(row) > 2 else "") for row in rows]  # noqa: PLR2004
    for item in found:
        item.here = _is_here(seen.path, item.url) or item.url == seen.full_path
    nearest = max((len(item.url) for item in found if item.here), default=0)
    for item in found:  # one entry is the present page: that with the longest address
        item.here = item.here and len(item.url) == nearest
    return [item for item in found if item.url]


def _is_here(path: str, url: str) -> bool:
    """A page belongs to the item it stands under; the first pages of cabinets have the others under them."""
    return bool(url) and (path == url or (path.startswith(url) and url.count("/") > _FIRST_PAGE))


_WANTS = {
    "organisation:applications": Right.LISTENERS,
    "organisation:frdo": Right.LISTENERS,
    "organisation:codes": Right.LISTENERS,
    "organisation:events": Right.LISTENERS,
    "organisation:report": Right.LISTENERS,
    "organisation:imports": Right.ITEMS,
    "organisation:journal": Right.JOURNAL,
}


def _allowed(seen: Seen, rows: Any) -> list[Any]:
    """Entries without those whose page would refuse the member; common pages do not know the member and keep all."""
    roles = seen.roles
    return [row for row in rows if roles is None or row[0] not in _WANTS or may(roles, _WANTS[row[0]])]


def _groups(seen: Seen, rows: Any) -> list[Group]:
    found = (Group(name=name, items=_items(seen, _allowed(seen, items))) for name, items in rows)
    return [group for group in found if group.items]


def _others(side: list[Group], near: list[Item]) -> list[Item]:
    """What stands beside the page on a wide window and at hand nowhere else: a phone has it in the menu."""
    known = {item.url for item in near}
    return [item for group in side for item in group.items if item.url not in known]


def _person_rows(seen: Seen) -> tuple[Any, ...]:
    """The menu of a person: other accounts of theirs, and what belongs to them in all."""
    return (
        *((("operator:home", _("Operator's account"), "home"),) if seen.operator else ()),
        *((("operator:register", _("Register"), "list"),) if seen.operator else ()),
        *((("organisation:home", _("Organisation's account"), "home"),) if seen.teaches else ()),
        *((("organisation:choose", _("Choose the organisation"), "swap"),) if seen.several else ()),
        *((("specialist:dashboard", _("Specialist's account"), "person"),) if seen.both else ()),
        *(_OWN_PAGES if not (seen.operator or seen.teaches) else ()),
        ("public:saved", _("Saved searches"), "bell"),
        ("account:settings", _("Settings and security"), "gear"),
        ("public:help", _("Help"), "help"),
    )


@functools.lru_cache(maxsize=1000)
def _menus(seen: Seen) -> dict[str, Any]:
    """The menus of a page; the same for all who may the same. Put together anew they were a fiftieth of a page."""
    side = _groups(seen, _SIDES[seen.kind])
    tabs = _items(seen, _allowed(seen, TABS[seen.kind]))
    own = _items(seen, _person_rows(seen))
    listed = [*tabs, *own, *(item for group in side for item in group.items)]
    return {
        "links": " ".join(item.url for item in listed),  # with these two menus are the same
        "here": " ".join(item.url for item in listed if item.here),
        "public_menu": _items(seen, PUBLIC),
        "footer": _groups(seen, FOOTER[1:] if seen.signed_in else FOOTER),
        "side": side,
        "tabs": tabs,
        "person_menu": own,
        "phone_menu": _others(side, [*tabs, *own]),
    }


def _seen(request: HttpRequest, user: Any) -> Seen:
    signed_in = user is not None and user.is_authenticated
    operator = bool(signed_in and user.has_role(Role.OPERATOR))
    teaches = bool(signed_in and user.has_role(Role.ORGANISATION))
    member = getattr(request, "member", None)
    return Seen(
        kind=_cabinet_of(request, operator=operator, teaches=teaches),
        signed_in=signed_in,
        operator=operator,
        teaches=teaches,
        both=teaches and bool(request.session.get(BOTH)),
        several=_of_several(request),
        roles=None if member is None else tuple(member.roles),
        letters=not settings.SMTP["host"],
        path=request.path,
        full_path=request.get_full_path(),
    )


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page. Costs no query of its own: whoever is signed in is known already."""
    user = getattr(request, "user", None)
    seen = _seen(request, user)
    return {
        "frame": {
            **_menus(seen),
            "home": "/",
            "signed_in": seen.signed_in,
            "cabinet": address(_HOMES[seen.kind] if seen.signed_in else "account:choose"),
            "demo": settings.CONFIG.demo,
            "person": user if seen.signed_in else None,
            "person_note": _note_of(request, seen.kind),
            "help": address("public:help"),
            "offline": address("public:manifest"),
            "sign_out": address("account:sign-out") if seen.signed_in else "",
        }
    }


_OWN_PAGES = (
    ("specialist:codes", _("Enter a code"), "ticket"),
    ("specialist:profile", _("My profile"), "person"),
    ("specialist:documents", _("Documents"), "folder"),
)
_HOMES = {"operator": "operator:home", "organisation": "organisation:home", "specialist": "specialist:dashboard"}
_PREFIXES = (
    ("/operator/", "operator"),
    ("/organisation/", "organisation"),
    ("/specialist/", "specialist"),
    ("/welcome/", "specialist"),
)
_SIDES: dict[str, Any] = {"operator": OPERATOR, "organisation": ORGANISATION, "specialist": SPECIALIST}


def _cabinet_of(request: HttpRequest, *, operator: bool, teaches: bool) -> str:
    """Whose menus a page shows: its own cabinet's; on common pages that of the person's work."""
    for prefix, kind in _PREFIXES:
        if request.path.startswith(prefix):
            return kind
    return "operator" if operator else "organisation" if teaches else "specialist"


def _of_several(request: HttpRequest) -> bool:
    """Whether somebody works for several organisations; known in the cabinet only, where it is asked anyway."""
    return len(getattr(request, "memberships", ())) > 1


def _note_of(request: HttpRequest, kind: str) -> str | Promise:
    if kind == "organisation":
        organisation = getattr(request, "organisation", None)
        return organisation.short_name if organisation is not None else _("Organisation")
    return _("Operator") if kind == "operator" else ""
