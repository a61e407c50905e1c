"""Registration, sign-in, recovery: pages A-01 to A-15 of ux.md."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.errors import Refused
from foundation.identifiers import email as addresses
from foundation.mail.queries import letter_by_key
from foundation.signin import factors, secrets
from foundation.signin.attempt import Attempt, Outcome, human_check_needed
from foundation.signin.events import DEVICE_AGE_S, DEVICE_COOKIE
from foundation.signin.operations import (
    end_session,
    pass_stage,
    session_row,
    stages_of,
    start_session,
)
from foundation.signin.passwords import suggest_password
from foundation.signin.throttle import whole_minute
from foundation.ui.kept import kept_for_strangers
from foundation.ui.views import safe_next
from nmfo.accounts.models import Account, Registration
from nmfo.accounts.operations import agreeing, changing, recovering, registering, signing_in
from nmfo.accounts.queries import counted_under, has_withdrawn, unread_versions
from nmfo.reference.models import Level
from nmfo.web.account.forms import (
    ORGANISATION,
    AgainForm,
    CodeForm,
    LevelForm,
    NewPasswordForm,
    PasskeyForm,
    RecoverForm,
    RegisterForm,
    SignInForm,
)
from nmfo.web.parts.cabinets import kind_of
from nmfo.web.parts.requests import PortalRequest

FORM = require_http_methods(["GET", "HEAD", "POST"])
SECOND_FACTORS = frozenset({"otp", "hwk"})
_LEVEL, _REGISTRATION, _RECOVERY, _NEXT, _METHOD, _STRANGE = (
    "level",
    "registration",
    "recovery",
    "next",
    "method",
    "strange",
)


def page(request: PortalRequest, name: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    """Render a page; a form with errors makes it 422."""
    wrong = form is not None and form.is_bound and not form.is_valid()
    return render(request, f"account/{name}.html", {**context, "form": form}, status=422 if wrong else 200)


def _link_refused(request: PortalRequest, refusal: Refused, *, again: str) -> HttpResponse:
    """A link that does not work (any more), and where to get a new one."""
    return render(request, "account/link_refused.html", {"refusal": refusal, "again": again}, status=422)


@login_not_required
@FORM
def choose(request: PortalRequest) -> HttpResponse:
    """A-01: which account; only pre-selects and is remembered. An organisation registers by its application."""
    if request.user.is_authenticated:
        return redirect(home_of(request.user))
    form = LevelForm(request.POST or None, initial={"level": request.COOKIES.get(_LEVEL, "")})
    if request.method == "POST" and form.is_valid():
        level = form.cleaned_data["level"]
        new = "applicant:about" if level == ORGANISATION else "account:register"
        response = redirect(new if "register" in request.POST else "account:sign-in")
        response.set_cookie(
            _LEVEL,
            level,
            31_536_000,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return response
    return page(request, "choose", {}, form)


_HOMES = {"operator": "operator:home", "organisation": "organisation:home", "specialist": "specialist:dashboard"}


def home_of(account: Any) -> str:
    """The first page of that cabinet."""
    return reverse(_HOMES[kind_of(account)])


def _level(request: PortalRequest) -> str:
    level = request.COOKIES.get(_LEVEL, "")
    return level if level in Level.values else ""


@login_not_required
@FORM
def register(request: PortalRequest) -> HttpResponse:
    """A-03: registration."""
    if request.user.is_authenticated:
        return redirect(safe_next(request, home_of(request.user)))
    now, language = timezone.now(), get_language() or "ru"
    sent = request.session.get(_REGISTRATION)
    if request.method == "POST" and registering.is_sent(sent, request.POST.get("form_key")):
        return redirect("account:register-sent")  # sent again after a lost answer: the human check is used up already
    form = RegisterForm(
        request.POST if request.method == "POST" else None,
        today=timezone.localdate(now),
        level=_level(request),
        language=language,
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = registering.register_person(
                details=replace(form.details(), onward=safe_next(request, "")),
                form_key=form.cleaned_data["form_key"],
                language=language,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            request.session[_REGISTRATION] = row.pk
            return redirect("account:register-sent")
    return page(request, "register", {"mode": settings.REGISTRATION_MODE, "next": safe_next(request, "")}, form)


@login_not_required
@FORM
def register_sent(request: PortalRequest) -> HttpResponse:
    """A-04: the letter is on its way; again, or to a corrected address."""
    row = Registration.objects.filter(pk=request.session.get(_REGISTRATION) or 0).first()
    if row is None:
        return redirect("account:register")
    if "email" not in row.details:
        return redirect("account:sign-in")
    now = timezone.now()
    form = AgainForm(request.POST or None, initial={"email": row.details["email"]})
    if request.method == "POST" and form.is_valid():
        try:
            registering.ask_letter_again(registration_id=row.pk, email=form.cleaned_data["email"], now=now)
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("The letter is sent again."))
            return redirect("account:register-sent")
    wait = registering.RESEND_AFTER - (now - row.letter_asked_at)
    return page(
        request,
        "register_sent",
        {
            "address": addresses.mask(row.details["email"]),
            "at": row.letter_asked_at,
            "wait": max(0, int(wait.total_seconds())),
            "refused": _was_refused(row),
        },
        form,
    )


def _was_refused(row: Registration) -> bool:
    """Whether the server of the typed address refused the letter; letters to other people are not looked at."""
    letter = letter_by_key(f"registration:{row.pk}:{row.letters}")
    return letter is not None and letter.account_id is None and letter.delivery in {"refused", "failed"}


@login_not_required
@FORM
def confirm(request: PortalRequest, token: str) -> HttpResponse:
    """A-06: a button, because mail scanners open links; only the button uses the link up."""
    now = timezone.now()
    try:
        if request.method != "POST":
            secrets.find(secrets.Purpose.CONFIRM, token, now)
            return page(request, "confirm", {"mode": settings.REGISTRATION_MODE})
        account = registering.confirm_registration(token=token, facts=request.facts, now=now)
    except Refused as refusal:
        return _link_refused(request, refusal, again="account:register")
    onward = registering.onward_of(account)
    if settings.REGISTRATION_MODE == "temporary-password":
        return page(request, "second_letter", {"address": addresses.mask(account.email), "next": onward})
    start_session(request, account, method="link", amr=["email"], now=now, stages=["password"])
    request.session[_NEXT] = onward
    return redirect("account:password-first")


@login_not_required
@FORM
@kept_for_strangers
def sign_in(request: PortalRequest) -> HttpResponse:
    """A-02: СНИЛС or e-mail, and password."""
    if request.user.is_authenticated and not stages_of(request):
        return redirect(safe_next(request, home_of(request.user)))
    now = timezone.now()
    if request.method != "POST":
        return page(request, "sign_in", {"next": safe_next(request, "")}, SignInForm())
    login = counted_under(request.POST.get("login", "")[:254])
    needed = human_check_needed(login, request.facts, now=now)
    form = SignInForm(request.POST, human=needed)
    if not form.is_valid():
        return page(request, "sign_in", {"next": safe_next(request, ""), "human": needed}, form)
    result = signing_in.sign_in_by_password(
        login=form.cleaned_data["login"],
        password=form.cleaned_data["password"],
        human=needed,
        facts=request.facts,
        now=now,
    )
    if result.account is not None:
        strange = bool(form.cleaned_data["strange"])
        return _begin(request, result.account, result.stages, method="password", strange=strange, now=now)
    form.add_error(None, _sentence(result.attempt, now))
    needed = human_check_needed(login, request.facts, now=now)
    context = {"next": safe_next(request, ""), "human": needed, "attempt": result.attempt}
    return page(request, "sign_in", context, form)


def _sentence(attempt: Attempt, now: dt.datetime) -> str:
    if attempt.outcome is Outcome.LOCKED and attempt.locked_until is not None:
        until = timezone.localtime(whole_minute(attempt.locked_until))
        return _("Sign-in by password is closed until %(time)s. You can recover the password now.") % {
            "time": f"{until:%H:%M}"
        }
    if attempt.outcome is Outcome.RECOVER:
        return _("There were too many wrong passwords for this login. Recover the password: it takes a minute.")
    if attempt.outcome is Outcome.HUMAN:
        return _("Confirm that you are not a robot, and try again.")
    text = _("The SNILS or the password does not match. Check the keyboard layout and Caps Lock.")
    if 0 < attempt.left <= 2:  # noqa: PLR2004 - from the third failure on (ux.md A-02)
        warning = ngettext(
            "%(n)d attempt is left, then sign-in by password closes for ten minutes.",
            "%(n)d attempts are left, then sign-in by password closes for ten minutes.",
            attempt.left,
        )
        text = f"{text} {warning % {'n': attempt.left}}"
    return text


def _begin(
    request: PortalRequest,
    account: Account,
    stages: tuple[str, ...],
    *,
    method: str,
    strange: bool,
    now: dt.datetime,
    amr: tuple[str, ...] = ("pwd",),
    onward: str = "",
) -> HttpResponse:
    """Open the session; what is left to do comes first, then the page that the person came for."""
    target = onward or safe_next(request, home_of(account))
    start_session(request, account, method=method, amr=amr, now=now, stages=stages, strange_computer=strange)
    request.session[_NEXT], request.session[_METHOD], request.session[_STRANGE] = target, method, strange
    return _onward(request, account, now)


def _onward(request: PortalRequest, account: Account, now: dt.datetime) -> HttpResponse:
    """To the next stage, or in: then the browser is remembered."""
    stages = stages_of(request)
    target = request.session.get(_NEXT) or home_of(account)
    if stages:
        return redirect(settings.STAGE_PAGES[stages[0]][0])
    token = signing_in.complete_sign_in(
        account=account,
        method=request.session.get(_METHOD, "password"),
        facts=request.facts,
        strange_computer=bool(request.session.get(_STRANGE)),
        now=now,
    )
    response = redirect(target)
    if token:
        response.set_cookie(
            DEVICE_COOKIE, token, DEVICE_AGE_S, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
        )
    return response


@FORM
def password_first(request: PortalRequest) -> HttpResponse:
    """A-07: a password of one's own after a link, a temporary one, or one too short; nothing else opens before."""
    stages = stages_of(request)
    if not {"password", "longer_password"} & set(stages):
        return redirect("account:settings")
    now, account, row = timezone.now(), request.user, session_row(request)
    proven = SECOND_FACTORS & set(row.amr if row else ())
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            changing.choose_password(
                account=account,
                password=form.cleaned_data["password"],
                recovered="password" in stages and account.password_changed_at is not None,
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            left = signing_in.stages_for(account, now)
            rest = tuple(stage for stage in left if stage != "factor" or not proven)
            onward, strange = str(request.session.get(_NEXT) or ""), bool(request.session.get(_STRANGE))
            messages.success(request, _("The password is saved."))
            return _begin(
                request,
                account,
                rest,
                method="password",
                strange=strange and "password" not in stages,
                now=now,
                amr=("pwd", *proven),
                onward=onward,
            )
    context = {
        "minimum": signing_in.minimum_length(account),
        "suggestion": suggest_password(),
        "too_short": "password" not in stages,
    }
    return page(request, "password_first", context, form)


@FORM
def second_factor(request: PortalRequest) -> HttpResponse:
    """The second step: a code of the application, or of the sheet."""
    if "factor" not in stages_of(request):
        return redirect(home_of(request.user))
    now, account = timezone.now(), request.user
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signing_in.check_second_factor(
                account=account, code=form.cleaned_data["code"], facts=request.facts, now=now
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            pass_stage(request, "factor", amr=["otp"], now=now)
            return _onward(request, account, now)
    kinds = {factor.kind for factor in factors.factors_of(account.pk)}
    options, challenge = factors.passkey_question()
    request.session["passkey"] = challenge
    return page(request, "second_factor", {"kinds": kinds, "options": options}, form)


@require_POST
def second_factor_passkey(request: PortalRequest) -> HttpResponse:
    """The second step by a passkey."""
    now, form = timezone.now(), PasskeyForm(request.POST)
    try:
        if not form.is_valid() or "factor" not in stages_of(request):
            raise factors.PasskeyFailed
        factors.check_passkey(
            challenge=request.session.pop("passkey", ""),
            answer=form.cleaned_data["answer"],
            now=now,
            account_id=request.user.pk,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("account:second-factor")
    pass_stage(request, "factor", amr=["hwk"], now=now)
    return _onward(request, request.user, now)


@login_not_required
@FORM
def passkey(request: PortalRequest) -> HttpResponse:
    """Coming in by a passkey alone: it is two factors in one."""
    now = timezone.now()
    if request.method == "POST":
        form = PasskeyForm(request.POST)
        try:
            if not form.is_valid():
                raise factors.PasskeyFailed
            factor = factors.check_passkey(
                challenge=request.session.pop("passkey", ""), answer=form.cleaned_data["answer"], now=now
            )
            account = signing_in.account_of_passkey(factor)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("account:passkey")
        stages = tuple(stage for stage in signing_in.stages_for(account, now) if stage != "factor")
        return _begin(request, account, stages, method="passkey", strange=False, now=now, amr=("hwk", "user"))
    options, challenge = factors.passkey_question()
    request.session["passkey"] = challenge
    return page(request, "passkey", {"options": options})


@FORM
def agreement(request: PortalRequest) -> HttpResponse:
    """A new version of a text: read it and agree, or sign out."""
    now = timezone.now()
    if request.method == "POST":
        agreeing.agree_to_current(account=request.user, facts=request.facts, now=now)
        pass_stage(request, "agreement", now=now, proven=False)
        return _onward(request, request.user, now)
    unread = unread_versions(request.user, now.date())
    return page(request, "agreement", {"versions": unread, "withdrawn": has_withdrawn(request.user, unread)})


@login_not_required
@FORM
def recover(request: PortalRequest) -> HttpResponse:
    """A-05: a new password."""
    now = timezone.now()
    form = RecoverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            recovering.ask_recovery(
                snils=form.cleaned_data["snils"],
                form_key=form.cleaned_data["form_key"],
                language=get_language() or "ru",
                facts=request.facts,
                now=now,
            )
        except Refused as refusal:
            form.add_refusal(refusal)
        else:
            request.session[_RECOVERY] = now.isoformat()
            return redirect("account:recover-sent")
    return page(request, "recover", {"mode": settings.RECOVERY_MODE}, form)


@login_not_required
@require_safe
def recover_sent(request: PortalRequest) -> HttpResponse:
    """The same page for known and unknown people (promise I3)."""
    asked = request.session.get(_RECOVERY)
    if not asked:
        return redirect("account:recover")
    return page(request, "recover_sent", {"at": dt.datetime.fromisoformat(asked), "mode": settings.RECOVERY_MODE})


@login_not_required
@FORM
def recover_link(request: PortalRequest, token: str) -> HttpResponse:
    """A recovery link: a button, then a session that can only choose a password."""
    now = timezone.now()
    try:
        if request.method != "POST":
            secrets.find(secrets.Purpose.RECOVER, token, now)
            return page(request, "recover_link", {})
        account = recovering.open_by_link(token=token, facts=request.facts, now=now)
    except Refused as refusal:
        return _link_refused(request, refusal, again="account:recover")
    start_session(request, account, method="recovery", amr=["email"], now=now, stages=["password"])
    return redirect("account:password-first")


@login_not_required
@FORM
def email_confirm(request: PortalRequest, token: str) -> HttpResponse:
    """The link that came to a new address."""
    now = timezone.now()
    try:
        if request.method != "POST":
            secrets.find(secrets.Purpose.EMAIL_CHANGE, token, now)
            return page(request, "email_confirm", {})
        changing.confirm_email_change(token=token, facts=request.facts, now=now)
    except Refused as refusal:
        return _link_refused(request, refusal, again="account:email")
    messages.success(request, _("The new e-mail is in use."))
    return redirect("account:settings" if request.user.is_authenticated else "account:sign-in")


@login_not_required
@FORM
def email_undo(request: PortalRequest, token: str) -> HttpResponse:
    """The link that came to the old address: «это не я»."""
    now = timezone.now()
    try:
        if request.method != "POST":
            secrets.find(secrets.Purpose.EMAIL_UNDO, token, now)
            return page(request, "email_undo", {})
        changing.undo_email_change(token=token, facts=request.facts, now=now)
    except Refused as refusal:
        return _link_refused(request, refusal, again="account:recover")
    return page(request, "email_undone", {})


def write_in(request: PortalRequest, language: str) -> None:
    """Somebody who is signed in has chosen a language in the header: letters are written in it too."""
    changing.choose_language(account=request.user, language=language, facts=request.facts)


@require_POST
def sign_out(request: PortalRequest) -> HttpResponse:
    """A-15: the key is dead on the server, the browser forgets what it kept.

    What waits there to be sent stays when the person says so: it names nobody. Its page then wipes the rest by itself.
    """
    stays = request.POST.get("keep") == "unsent"
    signing_in.record_sign_out(account=request.user, facts=request.facts, now=timezone.now())
    end_session(request)
    response = redirect("account:signed-out")
    response["Clear-Site-Data"] = '"cache"' if stays else '"cache", "storage"'
    return response


@login_not_required
@require_safe
def signed_out(request: PortalRequest) -> HttpResponse:
    """«Вы вышли»."""
    return page(request, "signed_out", {})
