"""S-16: a confirmation code is typed, pasted, scanned, or read from a photograph."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from foundation.errors import Refused
from foundation.runtime.forms import form_of_page_above
from nmfo.credits.codes import shown
from nmfo.credits.deriving import code_text
from nmfo.credits.operations.photographing import read_photo
from nmfo.credits.operations.redeeming import redeem_code, tries_of
from nmfo.credits.queries.codes import activated_codes_of, codes_waiting_for
from nmfo.credits.rules.refusals import CodeSpentByYou, CountedAlready, TooManyCodes
from nmfo.credits.rules.words import CODE_PAUSE_S
from nmfo.web.parts.requests import SpecialistRequest
from nmfo.web.specialist.credits.forms import CodeForm, PhotoForm

_PAGE = 20
_MOST_WAITING = 20  # codes by name that stand above the field; the next come when these are entered


@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: SpecialistRequest) -> HttpResponse:
    """Enter a code; below, the codes that one has entered."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entry = redeem_code(
                specialist=request.specialist,
                text=form.cleaned_data["code"],
                facts=request.facts,
                now=timezone.now(),
            )
        except (CodeSpentByYou, CountedAlready) as known:  # nothing is wrong: the person has what they came for
            return _page(request, CodeForm(), PhotoForm(), known=known)
        except TooManyCodes as refusal:  # which says until when: once is enough
            form.add_error("code", str(refusal))
            return _page(request, form, PhotoForm(), with_tries=False)
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            said = ngettext("%(n)d credit posted.", "%(n)d credits posted.", entry.credits) % {"n": entry.credits}
            messages.success(request, said)
            return redirect("specialist:credits-entry", entry.pk)
    return _page(request, form, PhotoForm())


@form_of_page_above
def photo(request: SpecialistRequest) -> HttpResponse:
    """Read a code from a photograph into the field; the person presses the button themselves."""
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, CodeForm(), form)
    try:
        code = read_photo(specialist=request.specialist, content=form.cleaned_data["photo"], now=timezone.now())
    except Refused as refusal:
        form.add_error("photo", str(refusal))
        return _page(request, CodeForm(), form)
    return _page(request, CodeForm(initial={"code": code}), PhotoForm(), read=True)


def _page(
    request: SpecialistRequest,
    form: CodeForm,
    photo_form: PhotoForm,
    *,
    read: bool = False,
    known: Refused | None = None,
    with_tries: bool = True,
) -> HttpResponse:
    page = Paginator(activated_codes_of(request.specialist), _PAGE).get_page(request.GET.get("page"))
    wrong = any(one.is_bound and not one.is_valid() for one in (form, photo_form))
    mine = codes_waiting_for(request.specialist, today=timezone.localdate())[:_MOST_WAITING]
    context = {
        "form": form,
        "photo_form": photo_form,
        "page": page,
        "read": read,
        "known": known,
        "tries": tries_of(request.specialist, facts=request.facts, now=timezone.now()) if with_tries else None,
        "pause": CODE_PAUSE_S // 60,
        "mine": [(code, shown(code_text(code.batch_id, code.number))) for code in mine],
    }
    return render(request, "specialist/credits/codes.html", context, status=422 if wrong else 200)
