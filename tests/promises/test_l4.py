from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone
from tests.builders import a_practice, a_specialist, a_specialty, an_operator, facts
from tests.credit_builders import a_batch, a_registrar, an_entry, code_in

from foundation.errors import Refused
from nmfo.credits.operations.claiming import dispute_entry, refuse_claim
from nmfo.credits.operations.correcting import propose_reversal, propose_reversal_as_member
from nmfo.credits.operations.issuing import annul_codes, decide_batch
from nmfo.credits.operations.redeeming import redeem_code

TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'signin_throttle' ORDER BY 1
"""


def everything() -> dict[str, int]:
    """A number for what every table says; what counts tries is left out: a refused try is counted, and is to be."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT coalesce(sum(hashtext(t::text)::bigint), 0), count(*) FROM "{table}" AS t')
            found[table] = cursor.fetchone()
    return found


def a_used_code() -> Callable[[], object]:
    text = code_in(a_batch())
    redeem_code(specialist=a_specialist(), text=text, facts=facts(), now=timezone.now())
    doctor = a_specialist()
    return lambda: redeem_code(specialist=doctor, text=text, facts=facts(), now=timezone.now())


def a_code_that_does_not_fit() -> Callable[[], object]:
    surgeon, text = a_specialist(), code_in(a_batch())
    a_practice(surgeon, a_specialty("Хирургия"))
    return lambda: redeem_code(specialist=surgeon, text=text, facts=facts(), now=timezone.now())


def an_unknown_code() -> Callable[[], object]:
    doctor = a_specialist()
    return lambda: redeem_code(specialist=doctor, text="пропуск 17", facts=facts(), now=timezone.now())


def evidence_again() -> Callable[[], object]:
    entry = an_entry(origin="application:7")
    return lambda: an_entry(entry.specialist, entry.version, origin="application:7")


def a_batch_decided_by_its_author() -> Callable[[], object]:
    batch = a_batch(count=3, confirmed=1)
    author = batch.created_by
    author.roles = ["operator"]
    author.save(update_fields=["roles"])
    return lambda: decide_batch(batch_id=batch.pk, approve=True, words="", by=author, facts=facts(), now=timezone.now())


def codes_annulled_without_a_reason() -> Callable[[], object]:
    batch = a_batch()
    clerk = a_registrar(batch.organisation)
    return lambda: annul_codes(batch_id=batch.pk, numbers=[], reason=" ", by=clerk, facts=facts(), now=timezone.now())


def a_reversal_of_a_foreign_entry() -> Callable[[], object]:
    entry, clerk = an_entry(), a_registrar(an_entry().item.organisation)  # type: ignore[union-attr]
    return lambda: propose_reversal_as_member(
        entry_id=entry.pk, reason="Ошибка в ведомости", by=clerk, facts=facts(), now=timezone.now()
    )


def a_reversal_proposed_twice() -> Callable[[], object]:
    entry, operator = an_entry(), an_operator()
    propose_reversal(entry_id=entry.pk, reason="Ошибка в ведомости", by=operator, facts=facts(), now=timezone.now())
    return lambda: propose_reversal(
        entry_id=entry.pk, reason="Ошибка в ведомости", by=operator, facts=facts(), now=timezone.now()
    )


def a_request_answered_twice() -> Callable[[], object]:
    entry, operator = an_entry(), an_operator()
    claim = dispute_entry(
        specialist=entry.specialist,
        entry_id=entry.pk,
        text="Часов было больше",
        form_key="a",
        facts=facts(),
        now=timezone.now(),
    )
    given = {"claim_id": claim.pk, "answer": "Проверено, запись верна", "by": operator, "facts": facts()}
    refuse_claim(**given, now=timezone.now())  # type: ignore[arg-type]
    return lambda: refuse_claim(**given, now=timezone.now())  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "prepare",
    [
        a_used_code,
        a_code_that_does_not_fit,
        an_unknown_code,
        evidence_again,
        a_batch_decided_by_its_author,
        codes_annulled_without_a_reason,
        a_reversal_of_a_foreign_entry,
        a_reversal_proposed_twice,
        a_request_answered_twice,
    ],
)
def test_l4_a_refused_request_has_no_effect_in_any_table(prepare: Callable[[], Callable[[], object]]) -> None:
    act = prepare()
    before = everything()

    with pytest.raises(Refused):
        act()

    assert everything() == before
