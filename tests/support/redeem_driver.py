"""`python -m tests.support.redeem_driver DOCTORS CODES`: prepares people and events in a running portal's database.

So many doctors, and as many events that all of them were at; prints each doctor with a code for each event, as JSON.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from nmfo.credits.models import ConfirmationCode  # noqa: E402 - after set-up
from tests.builders import a_specialist, an_organisation  # noqa: E402
from tests.credit_builders import a_batch, an_event, code_in  # noqa: E402

doctors, codes = int(sys.argv[1]), int(sys.argv[2])
organisation = an_organisation()
people = [a_specialist() for _number in range(doctors)]
batches = [
    a_batch(an_event(organisation, credits=1 + number % 3), count=doctors, confirmed=doctors) for number in range(codes)
]
keys = {(code.batch_id, code.number): code.pk for code in ConfirmationCode.objects.all()}
json.dump(
    [
        {
            "snils": person.account.snils,
            "specialist": person.pk,
            "codes": {code_in(batch, number): keys[batch.pk, number] for batch in batches},
        }
        for number, person in enumerate(people, 1)
    ],
    sys.stdout,
)
