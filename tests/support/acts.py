"""What people and staff do to accounts and personal data, one of each kind: made ready, to be done by the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyotp
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.utils import timezone
from procrastinate.exceptions import ConnectorException

from foundation.mail.models import Letter
from foundation.signin.events import remember_device
from foundation.signin.models import Factor, Session
from nmfo.accounts.models import Consent
from nmfo.accounts.operations import (
    agreeing,
    changing,
    closing,
    looking,
    mending,
    recovering,
    registering,
    securing,
    signing_in,
)
from nmfo.credits.operations.looking import CREDITS, look_at_people
from nmfo.specialists.models import Dispute, Document, Specialist
from nmfo.specialists.operations import disputing, documents, exporting, first_run, importing
from tests.builders import PASSWORD, SECRET, a_specialist, an_operator, facts, registration_details
from tests.support.faults import full, state

NEW = "другая-фраза-из-слов-77"
WHERE = facts(ip="203.0.113.5", agent="Firefox", request_id="AB-CD")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`do` does it, `by` whom (an account's id), `where` from from."""

    do: Callable[[], object]
    by: int | None
    where: tuple[str, str, str] = (WHERE.ip, WHERE.agent, WHERE.request_id)


NEWCOMER = -1  # whoever the act is about: the account is made by it
Prepare = Callable[[Specialist, dt.datetime], Act]
ACTS: dict[str, Prepare] = {}
TELLING: list[str] = []  # acts that a letter tells of


def act(action: str, *, letter: bool = False) -> Callable[[Prepare], Prepare]:
    """`action`: what the trail calls it. `letter`: one goes out with it."""

    def keep(prepare: Prepare) -> Prepare:
        ACTS[action] = prepare
        TELLING.extend([action] if letter else [])
        return prepare

    return keep


def prepared(action: str) -> Act:
    """An act of this kind, ready to be done."""
    return ACTS[action](a_specialist(), timezone.now())


def is_undone_without(act: Act, table: str) -> bool:
    """Whether the act fails as a whole when one of the tables it writes takes no row."""
    before = state()
    with full(table), pytest.raises((DatabaseError, ConnectorException)):
        act.do()
    return state() == before


@act("account.signed_in", letter=True)
def _sign_in(who: Specialist, now: dt.datetime) -> Act:
    remember_device(who.account_id, "", now)
    come_in = partial(signing_in.complete_sign_in, account=who.account, method="password", strange_computer=False)
    return Act(do=partial(come_in, facts=WHERE, now=now), by=who.account_id)


@act("account.signed_out")
def _sign_out(who: Specialist, now: dt.datetime) -> Act:
    return Act(do=partial(signing_in.record_sign_out, account=who.account, facts=WHERE, now=now), by=who.account_id)


@act("account.registered")
def _register(_who: Specialist, now: dt.datetime) -> Act:
    row = registering.register_person(
        details=registration_details(), form_key="k", language="ru", facts=facts(), now=now
    )
    letter = registering.answer_registration(row.pk, now=now)
    assert letter is not None
    confirm = partial(registering.confirm_registration, token=letter.secret("link"), facts=WHERE, now=now)
    return Act(do=confirm, by=NEWCOMER)


@act("account.recovery_asked", letter=True)
def _recover(who: Specialist, now: dt.datetime) -> Act:
    asked = recovering.ask_recovery(snils=who.account.snils, form_key="k", language="ru", facts=WHERE, now=now)
    answer = partial(recovering.answer_recovery, asked.pk, now=now)
    return Act(do=answer, by=None, where=(WHERE.ip, "", ""))  # a job: the request is over


@act("account.reopened")
def _reopen(who: Specialist, now: dt.datetime) -> Act:
    closing.close_account(account=who.account, facts=facts(), now=now)
    reopen = partial(recovering.reopen_if_closed, who.account, facts=WHERE, now=now)
    return Act(do=reopen, by=who.account_id)


@act("account.password_changed", letter=True)
def _change_password(who: Specialist, now: dt.datetime) -> Act:
    change = partial(changing.change_password, account=who.account, current=PASSWORD, password=NEW, session_id=None)
    return Act(do=partial(change, facts=WHERE, now=now), by=who.account_id)


@act("account.password_set", letter=True)
def _choose_password(who: Specialist, now: dt.datetime) -> Act:
    choose = partial(changing.choose_password, account=who.account, password=NEW, recovered=True)
    return Act(do=partial(choose, facts=WHERE, now=now), by=who.account_id)


@act("account.email_change_asked", letter=True)
def _ask_email(who: Specialist, now: dt.datetime) -> Act:
    ask = partial(changing.ask_email_change, account=who.account, email="new@nmfo.example", facts=WHERE, now=now)
    return Act(do=ask, by=who.account_id)


@act("account.email_changed")
def _confirm_email(who: Specialist, now: dt.datetime) -> Act:
    changing.ask_email_change(account=who.account, email="new@nmfo.example", facts=facts(), now=now)
    token = Letter.objects.filter(kind="email_confirm").latest("pk").secret("link")
    return Act(do=partial(changing.confirm_email_change, token=token, facts=WHERE, now=now), by=who.account_id)


@act("account.email_change_undone")
def _undo_email(who: Specialist, now: dt.datetime) -> Act:
    changing.ask_email_change(account=who.account, email="new@nmfo.example", facts=facts(), now=now)
    token = Letter.objects.filter(kind="email_changing").latest("pk").secret("link")
    return Act(do=partial(changing.undo_email_change, token=token, facts=WHERE, now=now), by=None)


@act("account.contacts_changed")
def _change_contacts(who: Specialist, now: dt.datetime) -> Act:
    change = partial(changing.change_contacts, account=who.account, phone="+79001112233", region="36")
    return Act(do=partial(change, facts=WHERE, now=now), by=who.account_id)


@act("account.language_chosen")
def _choose_language(who: Specialist, now: dt.datetime) -> Act:
    choose = partial(changing.choose_language, account=who.account, language="en", facts=WHERE)
    return Act(do=choose, by=who.account_id)


@act("account.session_ended")
def _end_session(who: Specialist, now: dt.datetime) -> Act:
    row = Session(key_hash="h", account=who.account, data={}, idle_s=60, created_at=now, seen_at=now, expires_at=now)
    row.save(force_insert=True)
    end = partial(securing.end_one_session, account=who.account, session_id=row.pk, facts=WHERE, now=now)
    return Act(do=end, by=who.account_id)


@act("account.sessions_ended")
def _end_sessions(who: Specialist, now: dt.datetime) -> Act:
    end = partial(securing.end_other_sessions, account=who.account, own_id=None, facts=WHERE, now=now)
    return Act(do=end, by=who.account_id)


@act("account.factor_added")
def _add_factor(who: Specialist, now: dt.datetime) -> Act:
    code = pyotp.TOTP(SECRET).at(now)
    enrol = partial(securing.enrol_application, account=who.account, secret=SECRET, code=code, facts=WHERE, now=now)
    return Act(do=enrol, by=who.account_id)


@act("account.factor_removed")
def _remove_factor(who: Specialist, now: dt.datetime) -> Act:
    factor = Factor.objects.create(account=who.account, kind="totp", data={"secret": SECRET, "step": 0}, created_at=now)
    drop = partial(securing.drop_factor, account=who.account, factor_id=factor.pk, facts=WHERE, now=now)
    return Act(do=drop, by=who.account_id)


@act("account.recovery_codes_renewed")
def _renew_codes(who: Specialist, now: dt.datetime) -> Act:
    return Act(do=partial(securing.renew_codes, account=who.account, facts=WHERE, now=now), by=who.account_id)


@act("account.agreed")
def _agree(who: Specialist, now: dt.datetime) -> Act:
    Consent.objects.filter(account=who.account).update(withdrawn_at=now)
    return Act(do=partial(agreeing.agree_to_current, account=who.account, facts=WHERE, now=now), by=who.account_id)


@act("account.closed", letter=True)
def _close(who: Specialist, now: dt.datetime) -> Act:
    close = partial(closing.close_account, account=who.account, facts=WHERE, now=now)
    return Act(do=close, by=who.account_id)


@act("own_data.exported")
def _export(who: Specialist, now: dt.datetime) -> Act:
    return Act(do=partial(exporting.export_own_data, specialist=who, also={}, facts=WHERE, now=now), by=who.account_id)


@act("specialist.levels_chosen")
def _levels(who: Specialist, now: dt.datetime) -> Act:
    choose = partial(first_run.choose_levels, specialist=who, levels=["secondary"], facts=WHERE, now=now)
    return Act(do=choose, by=who.account_id)


def _a_scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("скан.pdf", PDF)


@act("document.added")
def _add_document(who: Specialist, now: dt.datetime) -> Act:
    add = partial(documents.add_document, specialist=who, scans=[_a_scan()], today=now.date(), facts=WHERE, now=now)
    return Act(do=partial(add, facts_of_it=documents.DocumentFacts(kind="education", number="7")), by=who.account_id)


@act("document.removed")
def _remove_document(who: Specialist, now: dt.datetime) -> Act:
    add = partial(documents.add_document, specialist=who, scans=[_a_scan()], today=now.date(), facts=facts(), now=now)
    document: Document = add(facts_of_it=documents.DocumentFacts(kind="education", number="7"))
    remove = partial(documents.remove_document, document=document, facts=WHERE, now=now)
    return Act(do=remove, by=who.account_id)


@act("profile.changed")
def _change_about(who: Specialist, now: dt.datetime) -> Act:
    change = partial(documents.change_about, specialist=who, about="Хирург", photo=None, drop_photo=False)
    return Act(do=partial(change, facts=WHERE, now=now), by=who.account_id)


@act("dispute.decided", letter=True)
def _decide(who: Specialist, now: dt.datetime) -> Act:
    dispute = Dispute(specialist=who, row_key="r", row_title="t", text="не так", opened_at=now)
    dispute.save(force_insert=True)
    operator = an_operator()
    decide = partial(disputing.decide_dispute, dispute_id=dispute.pk, right=True, reason="так", by=operator)
    return Act(do=partial(decide, facts=WHERE, now=now), by=operator.pk)


@act("people.searched")
def _search(who: Specialist, now: dt.datetime) -> Act:
    operator = an_operator()
    return Act(do=partial(looking.find_people, who.account.snils, by=operator, facts=WHERE, now=now), by=operator.pk)


@act("people.looked_at")
def _look(who: Specialist, now: dt.datetime) -> Act:
    operator = an_operator()
    look = partial(looking.person_seen_by, operator, pk=who.account_id, facts=WHERE, now=now)
    return Act(do=look, by=operator.pk)


@act("account.looked_at")
def _look_at_credits(who: Specialist, _now: dt.datetime) -> Act:
    operator = an_operator()
    look = partial(look_at_people, accounts=[who.account_id], what=CREDITS, by=operator, facts=WHERE)
    return Act(do=look, by=operator.pk)


@act("people.opened")
def _open(who: Specialist, now: dt.datetime) -> Act:
    operator = an_operator()
    reveal = partial(looking.reveal_person, account_id=who.account_id, by=operator, reason="письмо", facts=WHERE)
    return Act(do=partial(reveal, now=now), by=operator.pk)


@act("letter.sent_again")
def _letter_again(who: Specialist, now: dt.datetime) -> Act:
    changing.ask_email_change(account=who.account, email="new@nmfo.example", facts=facts(), now=now)
    letter = Letter.objects.filter(kind="email_confirm").latest("pk")
    Letter.objects.filter(pk=letter.pk).update(delivery="refused")
    operator = an_operator()
    return Act(do=partial(mending.send_letter_again, letter=letter, by=operator, facts=WHERE, now=now), by=operator.pk)


@act("job.run_again")
def _job_again(_who: Specialist, _now: dt.datetime) -> Act:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('mail', 'x', 'failed') RETURNING id"
        )
        job_id = cursor.fetchone()[0]
    operator = an_operator()
    return Act(do=partial(mending.run_job_again, job_id=job_id, by=operator, facts=WHERE), by=operator.pk)


@act("register.imported")
def _import(_who: Specialist, now: dt.datetime) -> Act:
    operator = an_operator()
    file = Path(settings.DATA) / "register.jsonl"
    file.write_text("{}\n")
    return Act(do=partial(importing.import_register, file, by=operator, facts=WHERE, now=now), by=operator.pk)
