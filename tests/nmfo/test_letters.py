"""Letters let a person see that they are theirs (ux.md 9.7)."""

from __future__ import annotations

import pytest
from tests.builders import a_specialist, signed_in

from foundation.identifiers import snils
from foundation.mail.models import Letter

pytestmark = pytest.mark.django_db


def test_a_letter_of_security_names_the_end_of_the_snils_only() -> None:
    account = a_specialist().account
    for _device in range(2):
        signed_in(account)

    text = Letter.objects.get(kind="new_device").text or ""

    assert snils.mask(account.snils).replace(" ", "\u00a0") in text
    assert account.snils not in text
    assert snils.show(account.snils) not in text.replace("\u00a0", " ")
