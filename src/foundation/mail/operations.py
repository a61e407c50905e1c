"""Writing letters into the outbox, and sending them."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.translation import gettext as _

from foundation.identifiers import email as addresses
from foundation.mail import tasks_names
from foundation.mail.models import Channel, Delivery, Letter
from foundation.mail.plain import as_plain
from foundation.mail.rules import GIVE_UP_AFTER, GIVE_UP_URGENT_AFTER, next_pause_s, with_inner_quotes
from foundation.vault.cipher import blind

_SECRET = re.compile(r"\u27e6([a-z_]+)\u27e7")  # ⟦name⟧: where a secret goes while the letter is being sent
_ACTION = re.compile(r"^\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)$")
# A row of a list, not a button; ~ makes it small: what one may do, but need not.
_LINK = re.compile(r"^(?P<mark>[-~]) \[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)(?P<note>.*)$")
_HEAD = "## "
_TIMEOUT_S = 15
_CLAIM = dt.timedelta(seconds=60)  # a killed worker's letter is free again after it
_TERM = dt.timedelta(days=90)
_PERMANENT = 500


def place_of(name: str) -> str:
    """What stands in a kept letter where a secret goes."""
    return f"\u27e6{name}\u27e7"


@transaction.atomic
def put_letter(
    *,
    kind: str,
    to: str,
    account_id: int | None,
    language: str,
    values: dict[str, Any],
    key: str,
    now: dt.datetime,
    urgent: bool = False,
    stop_url: str = "",
) -> Letter:
    """Write a letter and the job that sends it, in the caller's transaction (promise M1).

    `key` names the cause: the same cause writes one letter, however often it is told. The template
    `letters/<kind>.txt` gives the subject in its first line; `{% secret "name" %}` is filled while sending. Buttons
    and headings come from the template alone: in what `values` give their marks are plain. `stop_url` is
    the page that ends such letters without a sign-in, for the button of mail programs (RFC 8058).
    """
    existing = Letter.objects.filter(key=key).first()
    if existing is not None:
        return existing
    with translation.override(language):
        plain = {name: as_plain(value) for name, value in values.items()}
        rendered = render_to_string(f"letters/{kind}.txt", {"base": settings.BASE_URL, **plain})
    subject, _newline, text = with_inner_quotes(rendered.strip()).partition("\n")
    letter = Letter(
        kind=kind,
        key=key,
        account_id=account_id,
        to=to,
        to_index=blind(addresses.key(to), purpose="email"),
        language=language,
        subject=" ".join(subject.split()),
        text=text.strip(),
        stop_url=stop_url or None,
        urgent=urgent,
        created_at=now,
        next_try_at=now,
    )
    letter.save(force_insert=True)
    tasks_names.defer_delivery(letter)
    return letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A letter as it leaves: secrets filled in."""

    subject: str
    text: str
    html: str


def words_of(letter: Letter) -> Words:
    """The letter's words; the same at every call (promise M2)."""

    def fill(match: re.Match[str]) -> str:
        return letter.secret(match[1])

    subject, text = _SECRET.sub(fill, letter.subject), _SECRET.sub(fill, letter.text or "")
    plain = "\n".join(_plain_line(line) for line in text.splitlines())
    with translation.override(letter.language):
        footer = _("This letter was sent by the NMFO portal, %(address)s. It cannot be answered.") % {
            "address": settings.BASE_URL
        }
        html = render_to_string(
            "mail/frame.html",
            {"blocks": _blocks(text), "subject": subject, "footer": footer, "language": letter.language},
        )
    return Words(subject=subject, text=f"{plain}\n\n{footer}\n", html=html)


def _plain_line(line: str) -> str:
    action, link = _ACTION.match(line.strip()), _LINK.match(line.strip())
    if link:
        note = link["note"].strip()
        return f"- {link['label']}{f' ({note})' if note else ''}: {link['url']}"
    return f"{action['label']}: {action['url']}" if action else line.removeprefix(_HEAD).replace("`", "")


def _blocks(text: str) -> list[dict[str, str]]:
    blocks: list[dict[str, str]] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.strip().splitlines()
        for line in (
            lines
            if len(lines) == 1 or any(_ACTION.match(item.strip()) or _LINK.match(item.strip()) for item in lines)
            else [" ".join(lines)]
        ):
            action, link = _ACTION.match(line.strip()), _LINK.match(line.strip())
            if link:
                blocks.append({"kind": "link", **link.groupdict()})
            elif action:
                blocks.append({"kind": "action", "label": action["label"], "url": action["url"]})
            elif line.startswith(_HEAD):
                blocks.append({"kind": "head", "text": line.removeprefix(_HEAD).strip()})
            elif line.strip().startswith("`"):
                blocks.append({"kind": "code", "text": line.strip().strip("`")})
            else:
                blocks.append({"kind": "text", "text": escape(line.strip())})
    return blocks


def readable_blocks(letter: Letter) -> list[dict[str, str]]:
    """The letter's words for a page of whom it was written to. Empty: they were dropped after the term of keeping.

    What holds a secret is left out, a block «withheld» stands in its place: a link or a password that opens something
    by itself works for whoever sees it, and is proof that its reader has the box. An open cabinet is no such proof.
    """
    blocks = _blocks(letter.text) if letter.text else []
    return [{"kind": "withheld"} if _SECRET.search("".join(block.values())) else block for block in blocks]


class TryLater(Exception):
    """The mail server cannot take the letter now."""


class NeverWill(Exception):
    """The mail server will not take the letter: no such box, or it refuses us."""


def deliver_letter(letter_id: int, *, now: dt.datetime) -> None:
    """Send a letter if it is due and nobody else is sending it. May be called any number of times (promise J1)."""
    if not _claim(letter_id, now):
        return
    letter = Letter.objects.get(pk=letter_id)
    if not settings.SMTP["host"]:
        _delivered(letter, Delivery.SHOWN, now)
        return
    try:
        _send(letter)
    except TryLater as trouble:
        _again(letter, str(trouble), now)
    except NeverWill as trouble:
        _finish(letter, Delivery.REFUSED, str(trouble))
    else:
        _delivered(letter, Delivery.SENT, timezone.now())


def _claim(letter_id: int, now: dt.datetime) -> bool:
    """Take the letter for a few minutes without holding a transaction open while the mail server thinks."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = Q(next_try_at=None) | Q(next_try_at__lte=now)
    waiting = Letter.objects.filter(free & due, pk=letter_id, delivery=Delivery.QUEUED)
    return waiting.update(claimed_until=now + _CLAIM, attempts=F("attempts") + 1) == 1


def _delivered(letter: Letter, state: Delivery, now: dt.datetime) -> None:
    Letter.objects.filter(pk=letter.pk).update(
        delivery=state, delivered_at=now, claimed_until=None, next_try_at=None, trouble=""
    )


def _finish(letter: Letter, state: Delivery, trouble: str) -> None:
    Letter.objects.filter(pk=letter.pk).update(
        delivery=state, claimed_until=None, next_try_at=None, trouble=_without_addresses(trouble)
    )


def _again(letter: Letter, trouble: str, now: dt.datetime) -> None:
    limit = GIVE_UP_URGENT_AFTER if letter.urgent else GIVE_UP_AFTER
    if now - letter.created_at > limit:
        _finish(letter, Delivery.FAILED, trouble)
        return
    at = now + dt.timedelta(seconds=next_pause_s(letter.attempts))
    with transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(
            claimed_until=None, next_try_at=at, trouble=_without_addresses(trouble)
        )
        tasks_names.defer_delivery(letter, at=at)


def _send(letter: Letter) -> None:
    message = as_message(letter)
    smtp: dict[str, Any] = settings.SMTP
    try:
        with _connection(smtp) as server:
            if smtp["security"] == "starttls":
                server.starttls(context=ssl.create_default_context())
            if smtp["user"]:
                server.login(smtp["user"], smtp["password"])
            server.send_message(message, settings.MAIL_FROM, [letter.to])
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise (NeverWill if code >= _PERMANENT else TryLater)(f"{code} {_text(answer)}") from error
    except smtplib.SMTPResponseException as error:
        ours = isinstance(error, smtplib.SMTPAuthenticationError)  # our own trouble is mended, not the letter's end
        permanent = error.smtp_code >= _PERMANENT and not ours
        raise (NeverWill if permanent else TryLater)(f"{error.smtp_code} {_text(error.smtp_error)}") from error
    except (TimeoutError, smtplib.SMTPException, OSError) as error:
        raise TryLater(type(error).__name__) from error


def _connection(smtp: dict[str, Any]) -> smtplib.SMTP:
    if smtp["security"] == "tls":
        return smtplib.SMTP_SSL(smtp["host"], smtp["port"], timeout=_TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(smtp["host"], smtp["port"], timeout=_TIMEOUT_S)


def as_message(letter: Letter) -> EmailMessage:
    """The letter as the mail server gets it. Everything that could differ at a repetition comes from the row."""
    words = words_of(letter)
    with translation.override(letter.language):
        sender = formataddr((_("NMFO portal"), settings.MAIL_FROM))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, words.subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        if letter.stop_url.startswith("https:"):  # one press without a page: RFC 8058 wants it only so
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    message.set_boundary(f"nmfo-{letter.pk}")
    return message


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)


def _without_addresses(text: str) -> str:
    return re.sub(r"\S+@\S+", "…", text)[:200]


def sweep_late_letters(now: dt.datetime) -> int:
    """Defer letters whose job was lost; returns how many. Late: two minutes after its time, or left by a worker."""
    forgotten = Q(claimed_until=None, next_try_at__lt=now - dt.timedelta(minutes=2))
    left_behind = Q(claimed_until__lt=now)
    rows = list(Letter.objects.filter(forgotten | left_behind, delivery=Delivery.QUEUED).order_by("pk")[:500])
    for letter in rows:
        with transaction.atomic():
            tasks_names.defer_delivery(letter)
    return len(rows)


def drop_old_texts(now: dt.datetime) -> int:
    """Forget the words of letters older than 90 days; that they were sent stays known. Returns how many."""
    return (
        Letter.objects.filter(created_at__lt=now - _TERM, text__isnull=False)
        .exclude(delivery=Delivery.QUEUED)
        .update(text=None, stop_url=None)
    )


@transaction.atomic
def resend_letter(letter: Letter, *, now: dt.datetime) -> None:
    """Send a letter again that was refused or failed: to the same address, with the same words."""
    again = Letter.objects.filter(pk=letter.pk, delivery__in=[Delivery.REFUSED, Delivery.FAILED], text__isnull=False)
    if again.update(delivery=Delivery.QUEUED, next_try_at=now, claimed_until=None):
        tasks_names.defer_delivery(letter)


@transaction.atomic
def put_sms(
    *, kind: str, to: str, account_id: int | None, language: str, text: str, key: str, now: dt.datetime
) -> Letter:
    """Write an SMS. Without a gateway it is seen where the letters are."""
    existing = Letter.objects.filter(key=key).first()
    if existing is not None:
        return existing
    letter = Letter(
        channel=Channel.SMS,
        kind=kind,
        key=key,
        account_id=account_id,
        to=to,
        to_index=blind(to, purpose="phone"),
        language=language,
        subject="",
        text=text,
        urgent=True,
        created_at=now,
        next_try_at=now,
    )
    letter.save(force_insert=True)
    tasks_names.defer_delivery(letter)
    return letter
