"""Settings and security: password, e-mail, sessions, history, second step (ux.md S-26, S-27)."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.errors import Refused
from foundation.identifiers import snils
from foundation.mail.queries import letter_by_key
from foundation.signin import factors
from foundation.signin.events import events_of
from foundation.signin.operations import (
    pass_stage,
    rotate,
    session_row,
    sessions_of,
    stages_of,
)
from foundation.ui.views import safe_next
from nmfo.accounts.operations import changing, securing
from nmfo.accounts.operations.signing_in import minimum_length
from nmfo.accounts.queries import waiting_change_of
from nmfo.web.account.forms import ChangePasswordForm, CodeForm, EmailForm, PasskeyForm, PasswordAgainForm
from nmfo.web.account.views import FORM, _onward, home_of
from nmfo.web.parts.cabinets import kind_of
from nmfo.web.parts.recent import require_recent
from nmfo.web.parts.requests import PortalRequest

_TOTP, _CHALLENGE = "totp", "passkey"


def _page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    layout = f"layouts/{kind_of(request.user)}.html"
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(
        request, f"account/{name}.html", {**context, "form": form, "layout": layout}, status=422 if wrong else 200
    )


@require_safe
def settings_page(request: PortalRequest) -> HttpResponse:
    """Everything that can be set, each with its state."""
    account = request.user
    return _page(
        request,
        "settings",
        {
            "account": account,
            "factors": list(factors.factors_of(account.pk)),
            "sessions": sessions_of(account.pk, timezone.now()).count(),
            "codes": factors.recovery_codes_left(account.pk),
            "home": home_of(account),
        },
    )


@FORM
def again(request: PortalRequest) -> HttpResponse:
    """The password once more, before something sensitive."""
    now, account = timezone.now(), request.user
    form = PasswordAgainForm(request.POST or None)
    target = safe_next(request, reverse("account:settings"))
    if request.method == "POST" and form.is_valid():
        try:
            securing.prove_again(account=account, password=form.cleaned_data["password"], facts=request.facts, now=now)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            pass_stage(request, "again", now=now)
            return redirect(target)
    return _page(request, "again", {"next": target}, form)


@FORM
@require_recent
def password(request: PortalRequest) -> HttpResponse:
    """Change the password: the present one first (R-121)."""
    now, account = timezone.now(), request.user
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = session_row(request)
        try:
            changing.change_password(
                account=account,
                current=form.cleaned_data["current"],
                password=form.cleaned_data["password"],
                session_id=row.pk if row else None,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            securing.keep_signed_in(request, account)
            messages.success(request, _("The password is changed. Other sessions are ended."))
            return redirect("account:settings")
    return _page(request, "password", {"minimum": minimum_length(account)}, form)


@FORM
@require_recent
def email(request: PortalRequest) -> HttpResponse:
    """Change the e-mail: confirmed by the new address, told to the old one."""
    now, account = timezone.now(), request.user
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            changing.ask_email_change(account=account, email=form.cleaned_data["email"], facts=request.facts, now=now)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("A link was sent to the new address. The present one works until you use it."))
            return redirect("account:settings")
    change = waiting_change_of(account)
    letter = letter_by_key(changing.letter_key(change)) if change is not None else None
    refused = letter is not None and letter.delivery in {"refused", "failed"}
    return _page(request, "email", {"account": account, "refused": refused}, form)


@require_safe
def sessions(request: PortalRequest) -> HttpResponse:
    """Open sessions, this one marked."""
    row = session_row(request)
    return _page(
        request,
        "sessions",
        {
            "sessions": list(sessions_of(request.user.pk, timezone.now())[:50]),
            "own": row.pk if row else None,
        },
    )


@require_POST
def end_session(request: PortalRequest, pk: int) -> HttpResponse:
    """End one of the other sessions."""
    if securing.end_one_session(account=request.user, session_id=pk, facts=request.facts, now=timezone.now()):
        messages.success(request, _("The session is ended."))
    else:
        messages.info(request, _("This session has ended already."))
    return redirect("account:sessions")


@require_POST
def end_others(request: PortalRequest) -> HttpResponse:
    """End every session but this one."""
    row = session_row(request)
    securing.end_other_sessions(
        account=request.user, own_id=row.pk if row else None, facts=request.facts, now=timezone.now()
    )
    messages.success(request, _("All other sessions are ended."))
    return redirect("account:sessions")


@require_safe
def history(request: PortalRequest) -> HttpResponse:
    """What happened to the ways into this account."""
    listed = Paginator(events_of(request.user.pk), 30).get_page(request.GET.get("page"))
    return _page(request, "history", {"page": listed})


@FORM
@require_recent
def totp(request: PortalRequest) -> HttpResponse:
    """Set up codes of an application."""
    return _totp(request, "account:settings")


@FORM
def enrol(request: PortalRequest) -> HttpResponse:
    """Staff set up their second step at the first sign-in; nothing else opens before (promise I8)."""
    if "enrol" not in stages_of(request):
        return redirect(home_of(request.user))
    return _totp(request, "")


def _totp(request: PortalRequest, target: str) -> HttpResponse:
    now, account = timezone.now(), request.user
    form = CodeForm(request.POST or None)
    secret = str(request.session.get(_TOTP) or factors.new_totp_secret())
    request.session[_TOTP] = secret
    if request.method == "POST" and form.is_valid():
        try:
            codes = securing.enrol_application(
                account=account, secret=secret, code=form.cleaned_data["code"], facts=request.facts, now=now
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            del request.session[_TOTP]
            if target:
                rotate(request, amr=["otp"])
                return _page(request, "codes", {"codes": codes, "onward": reverse(target)})
            pass_stage(request, "enrol", amr=["otp"], now=now)
            onward = _onward(request, account, now)  # the person is in; the sheet is shown on the way
            response = _page(request, "codes", {"codes": codes, "onward": onward["Location"]})
            response.cookies = onward.cookies
            return response
    qr = segno.make(factors.totp_address(secret, snils.mask(account.snils)), error="m")
    svg = qr.svg_inline(scale=4, border=2, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    picture = mark_safe(svg)  # noqa: S308 - made by segno of our own text
    return _page(request, "totp", {"secret": secret, "qr": picture, "obligatory": not target}, form)


@FORM
@require_recent
def passkey_add(request: PortalRequest) -> HttpResponse:
    """Add a passkey."""
    now, account = timezone.now(), request.user
    if request.method == "POST":
        form = PasskeyForm(request.POST)
        try:
            if not form.is_valid():
                raise factors.PasskeyFailed
            codes = securing.enrol_passkey(
                account=account,
                challenge=str(request.session.pop(_CHALLENGE, "")),
                answer=form.cleaned_data["answer"],
                name=form.cleaned_data["name"],
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("account:passkey-add")
        messages.success(request, _("The passkey is added."))
        if codes:
            return _page(request, "codes", {"codes": codes, "onward": "account:settings"})
        return redirect("account:settings")
    options, challenge = factors.passkey_registration(account_id=account.pk, label=snils.mask(account.snils))
    request.session[_CHALLENGE] = challenge
    return _page(request, "passkey_add", {"options": options})


@require_POST
@require_recent
def factor_remove(request: PortalRequest, pk: int) -> HttpResponse:
    """Remove a factor."""
    try:
        securing.drop_factor(account=request.user, factor_id=pk, facts=request.facts, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Removed."))
    return redirect("account:settings")


@FORM
@require_recent
def recovery_codes(request: PortalRequest) -> HttpResponse:
    """A new sheet of recovery codes; the former one is void."""
    if request.method == "POST":
        codes = securing.renew_codes(account=request.user, facts=request.facts, now=timezone.now())
        return _page(request, "codes", {"codes": codes, "onward": reverse("account:settings")})
    return _page(request, "codes_ask", {"left": factors.recovery_codes_left(request.user.pk)})
