"""Second factors: codes of an application, passkeys, and a sheet of recovery codes."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import pyotp
import webauthn
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from foundation.errors import Refused
from foundation.runtime.keys import keys
from foundation.signin.models import Factor

Kind = Factor.Kind
RECOVERY_CODES = 10
_STEP_S = 30


class CodeWrong(Refused):
    message = _("This code does not fit. Wait for the next one and type it without hurry.")
    field = "code"


class PasskeyFailed(Refused):
    message = _("The passkey was not accepted. Try again, or use another way.")


class LastFactor(Refused):
    message = _("Staff of the portal cannot be without a second step. Add another one first.")


def factors_of(account_id: int) -> QuerySet[Factor]:
    """The account's factors, oldest first."""
    return Factor.objects.filter(account_id=account_id).order_by("created_at")


def has_second_factor(account_id: int) -> bool:
    """Whether a second step can be asked for; recovery codes alone do not count."""
    return Factor.objects.filter(account_id=account_id, kind__in=[Kind.TOTP, Kind.PASSKEY]).exists()


def new_totp_secret() -> str:
    """A fresh secret for an application."""
    return pyotp.random_base32()


def totp_address(secret: str, label: str) -> str:
    """What the QR code says: an otpauth address."""
    return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name="NMFO")


@transaction.atomic
def add_totp(*, account_id: int, secret: str, code: str, now: dt.datetime) -> Factor:
    """Take an application into use once it shows the right code; replaces the one before. Raises CodeWrong."""
    step = _matching_step(secret, code, now)
    if step is None:
        raise CodeWrong
    Factor.objects.filter(account_id=account_id, kind=Kind.TOTP).delete()
    return Factor.objects.create(
        account_id=account_id, kind=Kind.TOTP, data={"secret": secret, "step": step}, created_at=now, used_at=now
    )


@transaction.atomic
def check_code(*, account_id: int, code: str, now: dt.datetime) -> Factor:
    """Accept a code of the application or one of the recovery codes, each once. Raises CodeWrong."""
    plain = "".join(sign for sign in code if sign.isalnum()).lower()
    rows = Factor.objects.select_for_update(of=("self",), no_key=True).filter(account_id=account_id)
    for factor in rows.exclude(kind=Kind.PASSKEY):
        if factor.kind == Kind.TOTP and _use_totp(factor, plain, now):
            return factor
        if factor.kind == Kind.RECOVERY and _use_recovery(factor, plain, now):
            return factor
    raise CodeWrong


@transaction.atomic
def make_recovery_codes(*, account_id: int, now: dt.datetime) -> list[str]:
    """Ten new codes, shown once; the former sheet is void."""
    codes = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _ in range(RECOVERY_CODES)]
    Factor.objects.filter(account_id=account_id, kind=Kind.RECOVERY).delete()
    Factor.objects.create(
        account_id=account_id,
        kind=Kind.RECOVERY,
        data={"codes": [_code_hash(code.replace("-", "")) for code in codes]},
        created_at=now,
    )
    return codes


def recovery_codes_left(account_id: int) -> int:
    """How many codes of the sheet are unused."""
    sheet = Factor.objects.filter(account_id=account_id, kind=Kind.RECOVERY).first()
    return len(sheet.data["codes"]) if sheet else 0


@transaction.atomic
def remove_factor(*, account_id: int, factor_id: int, obligatory: bool) -> None:
    """Remove a factor. Raises LastFactor when the account must keep one."""
    rows = list(Factor.objects.select_for_update().filter(account_id=account_id))
    doomed = next((row for row in rows if row.pk == factor_id), None)
    if doomed is None:
        return
    real = [row for row in rows if row.kind != Kind.RECOVERY]
    if obligatory and doomed in real and len(real) == 1:
        raise LastFactor
    doomed.delete()
    if len(real) == 1 and doomed in real:
        Factor.objects.filter(account_id=account_id, kind=Kind.RECOVERY).delete()


def relying_party() -> str:
    """The host that passkeys belong to."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def origin() -> str:
    """The address a browser must have spoken to."""
    return str(settings.BASE_URL)


def passkey_registration(*, account_id: int, label: str) -> tuple[str, str]:
    """Options for the browser (JSON) and the challenge to remember in the session."""
    known = Factor.objects.filter(account_id=account_id, kind=Kind.PASSKEY)
    options = webauthn.generate_registration_options(
        rp_id=relying_party(),
        rp_name="NMFO",
        user_id=str(account_id).encode(),
        user_name=label,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(factor.data["id"])) for factor in known
        ],
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(*, account_id: int, challenge: str, answer: str, name: str, now: dt.datetime) -> Factor:
    """Take a passkey into use. `answer`: the browser's JSON. Raises PasskeyFailed."""
    try:
        _credential_id(answer)  # the library reads JSON however deeply it is nested
        checked = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=relying_party(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError) as error:
        raise PasskeyFailed from error
    return Factor.objects.create(
        account_id=account_id,
        kind=Kind.PASSKEY,
        name=name,
        credential=hashlib.sha256(checked.credential_id).hexdigest(),
        data={
            "id": bytes_to_base64url(checked.credential_id),
            "key": bytes_to_base64url(checked.credential_public_key),
            "count": checked.sign_count,
        },
        created_at=now,
    )


def passkey_question() -> tuple[str, str]:
    """Options for any passkey of this host, and the challenge to remember in the session."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(), user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


@transaction.atomic
def check_passkey(*, challenge: str, answer: str, now: dt.datetime, account_id: int | None = None) -> Factor:
    """The factor whose passkey answered. With `account_id` only that account's count. Raises PasskeyFailed."""
    try:
        raw_id = base64url_to_bytes(_credential_id(answer))
        rows = Factor.objects.select_for_update(of=("self",), no_key=True).filter(kind=Kind.PASSKEY)
        if account_id is not None:
            rows = rows.filter(account_id=account_id)
        factor = rows.get(credential=hashlib.sha256(raw_id).hexdigest())
        checked = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=relying_party(),
            expected_origin=origin(),
            credential_public_key=base64url_to_bytes(factor.data["key"]),
            credential_current_sign_count=factor.data["count"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, Factor.DoesNotExist) as error:
        raise PasskeyFailed from error
    factor.data = {**factor.data, "count": checked.new_sign_count}
    factor.used_at = now
    factor.save(update_fields=["data", "used_at"])
    return factor


def _credential_id(answer: str) -> str:
    try:
        parsed: Any = json.loads(answer)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(parsed, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one error for every malformed answer
    return str(parsed["id"])


def _matching_step(secret: str, code: str, now: dt.datetime) -> int | None:
    plain = "".join(sign for sign in code if sign.isascii() and sign.isdigit())
    current = int(now.timestamp()) // _STEP_S
    totp = pyotp.TOTP(secret)
    steps = [
        step for step in (current - 1, current, current + 1) if hmac.compare_digest(totp.at(step * _STEP_S), plain)
    ]
    return steps[0] if steps else None


def _use_totp(factor: Factor, code: str, now: dt.datetime) -> bool:
    step = _matching_step(factor.data["secret"], code, now)
    if step is None or step <= factor.data["step"]:  # a code is good once
        return False
    factor.data = {**factor.data, "step": step}
    factor.used_at = now
    factor.save(update_fields=["data", "used_at"])
    return True


def _use_recovery(factor: Factor, code: str, now: dt.datetime) -> bool:
    hashed = _code_hash(code)
    if hashed not in factor.data["codes"]:
        return False
    factor.data = {"codes": [item for item in factor.data["codes"] if item != hashed]}
    factor.used_at = now
    factor.save(update_fields=["data", "used_at"])
    return True


def _code_hash(code: str) -> str:
    return hmac.new(keys().derive, f"recovery:{code}".encode(), hashlib.sha256).hexdigest()
