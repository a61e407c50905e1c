"""«Я не робот»: proof of work for browsers with scripts, digits to read or hear for the others.

No third party is asked. A challenge is signed by us, expires in ten minutes and works once.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import io
import json
import random
import secrets
import wave
from pathlib import Path
from typing import Any

import altcha
from django import forms
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont

from foundation.runtime.keys import keys
from foundation.signin.models import UsedChallenge

LIFETIME = dt.timedelta(minutes=10)
_COST = 5000  # rounds of PBKDF2 for one guess; half a second on an ordinary phone for 200 to 500 guesses
_GUESSES = (200, 500)
_DIGITS = 5
_SOUNDS = Path(__file__).parent / "sounds"
_LONGEST_ANSWER = 4096


def new_challenge(now: dt.datetime) -> dict[str, Any]:
    """A task for the browser: find the number whose key has the given beginning."""
    low, high = _GUESSES
    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256",
        _COST,
        counter=low + secrets.randbelow(high - low),
        expires_at=now + LIFETIME,
        hmac_secret=_secret("work"),
    )
    return dict(challenge.to_dict())


def check_work(answer: str, now: dt.datetime) -> bool:
    """Whether the answer solves a challenge of ours that nobody has used. Uses it up."""
    if not answer or len(answer) > _LONGEST_ANSWER:
        return False
    try:
        payload = json.loads(base64.b64decode(answer, validate=True))
        result = altcha.verify_solution(altcha.Payload.from_dict(payload), _secret("work"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return False
    return bool(result.verified) and _use(answer_key(payload), now)


def answer_key(payload: dict[str, Any]) -> str:
    """What makes two answers the same one: the challenge, whatever is written around it."""
    return str(payload["challenge"]["signature"])


def new_digits(now: dt.datetime) -> str:
    """A signed token that stands for digits to be read; the digits are not in it."""
    return signing.dumps({"n": secrets.token_hex(8), "t": int(now.timestamp())}, salt="human.digits")


def digits_of(token: str) -> str | None:
    """The digits a token stands for; None when the token is not ours or too old."""
    try:
        signing.loads(token, salt="human.digits", max_age=LIFETIME)
    except signing.BadSignature:
        return None
    number = int.from_bytes(hmac.new(_secret("digits").encode(), token.encode(), hashlib.sha256).digest(), "big")
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def check_digits(token: str, typed: str, now: dt.datetime) -> bool:
    """Whether the digits were read rightly. A token may be tried once, rightly or not."""
    expected = digits_of(token)
    if expected is None or not _use(f"digits:{token}", now):
        return False
    plain = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())  # ² and ٣ are digits to Python, too
    return hmac.compare_digest(expected, plain)


def picture(digits: str) -> bytes:
    """A PNG of the digits: large, turned a little, crossed by lines."""
    chance = random.Random(secrets.randbits(64))  # noqa: S311 - the picture's wobble guards nothing
    image = Image.new("RGB", (230, 80), "white")
    font = ImageFont.load_default(size=52)
    for place, digit in enumerate(digits):
        tile = Image.new("RGBA", (60, 76), (255, 255, 255, 0))
        ImageDraw.Draw(tile).text((14, 4), digit, font=font, fill=(12, 40, 38, 255))
        turned = tile.rotate(chance.uniform(-18, 18), resample=Image.Resampling.BICUBIC)
        image.paste(turned, (8 + place * 42, chance.randint(0, 6)), turned)
    pen = ImageDraw.Draw(image)
    for _line in range(4):
        ends = [chance.randint(0, 60), chance.randint(0, 80), chance.randint(170, 230), chance.randint(0, 80)]
        pen.line(ends, fill=(70, 110, 106), width=2)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def sound(digits: str, language: str) -> bytes:
    """A WAV that says the digits, joined from recordings of ours."""
    file = io.BytesIO()
    folder = _SOUNDS / ("en" if language == "en" else "ru")
    with wave.open(file, "wb") as out:
        for place, digit in enumerate(digits):
            with wave.open(str(folder / f"{digit}.wav"), "rb") as part:
                if place == 0:
                    out.setparams(part.getparams())
                out.writeframes(part.readframes(part.getnframes()))
                out.writeframes(b"\0\0" * (part.getframerate() // 3))
    return file.getvalue()


class HumanWidget(forms.Widget):
    """The tick, and beneath it the way for those who cannot use it."""

    template_name = "signin/human_check.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {part: str(data.get(f"{name}_{part}", "")) for part in ("work", "token", "digits")}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["token"] = new_digits(timezone.now())
        context["open"] = bool(value) and not value["work"]  # refused without work: scripts may be off
        return context

    def id_for_label(self, id_: str) -> str:
        return id_

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class HumanCheckField(forms.Field):
    """Passes when one of the ways was gone rightly. `required=False` switches the check off."""

    widget = HumanWidget

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("I am not a robot"))
        super().__init__(**kwargs)

    def clean(self, value: dict[str, str]) -> bool:
        if not self.required:
            return True
        now = timezone.now()
        if value["work"] and check_work(value["work"], now):
            return True
        if value["digits"]:
            if check_digits(value["token"], value["digits"], now):
                return True
            raise forms.ValidationError(_("These are other digits. Here are new ones."), code="digits")
        raise forms.ValidationError(_("Wait until the check is finished, or type the figures."), code="required")


def _use(key: str, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            UsedChallenge.objects.create(digest=hashlib.sha256(key.encode()).hexdigest(), expires_at=now + 2 * LIFETIME)
    except IntegrityError:
        return False
    return True


def _secret(purpose: str) -> str:
    return hmac.new(keys().derive, f"human:{purpose}".encode(), hashlib.sha256).hexdigest()
