"""«Я не робот»."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import altcha
import pytest
from django.utils import timezone

from foundation.signin.human import check_digits, check_work, digits_of, new_challenge, new_digits, picture, sound


def solved() -> str:
    """What a browser sends after its work."""
    challenge = new_challenge(timezone.now())
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert solution is not None
    return base64.b64encode(json.dumps({"challenge": challenge, "solution": solution.to_dict()}).encode()).decode()


@pytest.mark.django_db
def test_work_that_was_done_passes_once() -> None:
    answer = solved()

    assert check_work(answer, timezone.now())
    assert not check_work(answer, timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["", "x", "e30=", base64.b64encode(b'{"challenge": 1}').decode(), "A" * 5000])
def test_rubbish_does_not_pass(answer: str) -> None:
    assert not check_work(answer, timezone.now())


@pytest.mark.django_db
def test_digits_pass_once_when_they_are_right() -> None:
    token = new_digits(timezone.now())
    digits = digits_of(token)
    assert digits is not None

    assert check_digits(token, f" {digits[:2]} {digits[2:]}", timezone.now())
    assert not check_digits(token, digits, timezone.now())


@pytest.mark.django_db
def test_a_wrong_guess_uses_the_digits_up() -> None:
    token = new_digits(timezone.now())
    digits = digits_of(token)
    assert digits is not None
    wrong = f"{(int(digits) + 1) % 100_000:05d}"

    assert not check_digits(token, wrong, timezone.now())
    assert not check_digits(token, digits, timezone.now() + timedelta(seconds=1))


def test_digits_can_be_seen_and_heard() -> None:
    assert picture("01234").startswith(b"\x89PNG")
    assert sound("56789", "ru").startswith(b"RIFF")
    assert len(sound("56789", "en")) > 10_000
