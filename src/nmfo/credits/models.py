"""Tables of credits. The ledger and its registry are append-only; everything that shows a sum reads the ledger (A3)."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from foundation.files.models import StoredFile
from foundation.vault.fields import EncryptedText, SealedModel
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, Version
from nmfo.credits.rules.checking import CodeFacts
from nmfo.credits.rules.words import (
    ALONE_UPTO,
    DEFENDED,
    About,
    Awaited,
    BatchState,
    ClaimState,
    CodeState,
    Holder,
    Part,
    ProposalKind,
    ProposalState,
    Source,
)
from nmfo.credits.saying import said
from nmfo.organisations.models import Organisation
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Specialist

_NO_REVERSAL = ~Q(source=Source.REVERSAL)


class LedgerEntry(models.Model):
    """One posting to a specialist's ledger. Append-only: a trigger refuses UPDATE and DELETE, whoever asks.

    A mistake is corrected by a reversal, never by an edit, so that the balance shown on any past day can be shown
    again. Another trigger writes each entry's source and origin into `UsedOrigin`, which makes a credit once.

    An entry names the version it was earned with, or (legacy, some by hand) a title and perhaps a specialty. It counts
    for the version's specialties, for its own, or when it has neither for all.

    Of an event or a module one entry of a person is in force: another may come after it was taken back, whatever the
    evidence. One by hand that stands for an event or module names its item.
    """

    specialist = models.ForeignKey(
        Specialist, on_delete=models.PROTECT, related_name="entries", db_index=False
    )  # outlives the account; the first column of every index, and the key by which the table may be sharded
    credits = models.SmallIntegerField(help_text="ЗЕТ; negative only in a reversal")
    part = models.CharField(max_length=9, choices=Part)
    source = models.CharField(max_length=10, choices=Source)
    origin = models.CharField(max_length=64, help_text="Key of what earned it, unique within the source")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # that entered or earned it
    title = models.CharField(max_length=300, blank=True, help_text="Where no version has it: legacy and manual entries")
    earned_on = models.DateField(help_text="The day that decides into which cycle and year it falls")
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # empty: the portal itself
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField(max_length=500, blank=True, help_text="Of a reversal and of a manual entry; shown")
    transaction = models.BigIntegerField(
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField()),
        help_text="By which entries are sealed in batches",
    )
    turn = models.SmallIntegerField(
        db_default=0, help_text="How often its event or module was taken back before; set by a trigger"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="credits_source_is_known"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="credits_part_is_known"),
            models.CheckConstraint(
                condition=Q(source="reversal", reverses__isnull=False, credits__lt=0) & ~Q(reason="")
                | _NO_REVERSAL & Q(reverses__isnull=True, credits__gt=0),
                name="credits_only_reversals_are_negative",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["legacy", "manual", "reversal"]) | Q(version__isnull=False, item__isnull=False),
                name="credits_what_was_learned_here_has_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(source="manual") | ~Q(reason="") & Q(posted_by__isnull=False),
                name="credits_manual_entries_say_who_and_why",
            ),
            models.CheckConstraint(
                condition=Q(version__isnull=False) | ~Q(title=""), name="credits_entries_say_what_for"
            ),
            models.CheckConstraint(condition=~Q(origin=""), name="credits_entries_have_an_origin"),
            models.UniqueConstraint(
                fields=["specialist", "item", "turn"],
                condition=Q(source__in=["code", "presence", "module"])
                | Q(source="manual", part__in=["event", "module"]),
                name="credits_an_event_or_module_counts_once",
            ),
            models.UniqueConstraint(
                fields=["specialist", "reverses"],
                condition=Q(reverses__isnull=False),
                name="credits_an_entry_is_reversed_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["specialist", "-earned_on", "-id"],
                include=[
                    *("credits", "part", "version", "specialty", "item"),
                    *("source", "origin", "organisation", "reverses", "posted_at"),
                ],
                name="credits_ledger_of",
            ),
            models.Index(
                fields=["organisation", "posted_at"],
                condition=Q(organisation__isnull=False),
                name="credits_given_when",
            ),
            models.Index(fields=["transaction"], name="credits_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}: {self.credits}"

    @property
    def worth(self) -> int:
        """ЗЕТ without the sign."""
        return abs(self.credits)

    @property
    def is_reversal(self) -> bool:
        """Whether it takes back another entry."""
        return self.reverses_id is not None


class UsedOrigin(models.Model):
    """What was posted already, in a small table of its own. Written by a trigger of the ledger; append-only.

    It is the only unique key about credits that has no specialist in it, so the ledger itself can be sharded by
    specialist (architecture.md, Growing past one machine). Hence the plain numbers instead of foreign keys.
    """

    pk = models.CompositePrimaryKey("source", "origin")
    source = models.CharField(max_length=10)
    origin = models.CharField(max_length=64)
    specialist_id = models.BigIntegerField()
    entry_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.source} {self.origin}"


class LedgerSeal(models.Model):
    """A hash over the entries of the transactions from `since` to before `upto`, and over the seal before."""

    at = models.DateTimeField(db_default=TransactionNow())
    since = models.BigIntegerField()
    upto = models.BigIntegerField(unique=True)
    entries = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["since"], name="credits_seals_do_not_overlap"),
            models.UniqueConstraint(fields=["previous"], name="credits_seals_form_one_chain"),
        ]


class Expectation(models.Model):
    """A credit that is awaited, from whom and until when, or why it will not come: absence is explained too (N1)."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="expectations", db_index=False)
    source = models.CharField(max_length=10, choices=Source)
    origin = models.CharField(max_length=64, help_text="Of the entry that is to come")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=300, blank=True)
    part = models.CharField(max_length=9, choices=Part)
    credits = models.PositiveSmallIntegerField()
    began_on = models.DateField(help_text="The day the learning ended, or will")
    holder = models.CharField(max_length=12, choices=Holder)
    due_on = models.DateField(null=True, help_text="Last day for the holder, inclusive; empty: no term")
    state = models.CharField(max_length=9, choices=Awaited, default=Awaited.AWAITED)
    reason = models.CharField(max_length=1000, blank=True, help_text="Why it was refused; shown to the person")
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="When the portal asked a late organisation by itself")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "source", "origin"], name="credits_an_origin_is_awaited_once"
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="credits_awaited_source_is_known"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="credits_awaited_part_is_known"),
            models.CheckConstraint(condition=Q(holder__in=Holder.values), name="credits_holder_is_known"),
            models.CheckConstraint(condition=Q(state__in=Awaited.values), name="credits_awaited_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="arrived", entry__isnull=False) | ~Q(state="arrived") & Q(entry=None),
                name="credits_arrived_expectations_have_their_entry",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="credits_refused_expectations_say_why"
            ),
            models.CheckConstraint(
                condition=Q(version__isnull=False) | ~Q(title=""), name="credits_awaited_says_what_for"
            ),
        ]
        indexes = [
            models.Index(fields=["specialist", "-began_on", "-id"], name="credits_awaited_by"),
            models.Index(fields=["holder", "due_on", "id"], condition=Q(state="awaited"), name="credits_awaited_until"),
        ]

    def __str__(self) -> str:
        return f"{self.credits} awaited, {self.state}"

    @property
    def why(self) -> str:
        """Why it was refused: the words of whoever did it, or a sentence of ours in the language of now."""
        return said(self.reason)


class ExpectationStep(models.Model):
    """The way of an awaited credit: each change of who has to act, until when, and of its state. Append-only."""

    expectation = models.ForeignKey(Expectation, on_delete=models.PROTECT, related_name="steps")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+", db_index=False)
    holder = models.CharField(max_length=12, choices=Holder)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=Awaited)
    reason = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(holder__in=Holder.values), name="credits_step_holder_is_known"),
            models.CheckConstraint(condition=Q(state__in=Awaited.values), name="credits_step_state_is_known"),
        ]


class Allowance(models.Model):
    """How many people an offering may give its credits to, and to how many it has: codes issued count as given (Z3)."""

    offering = models.CharField(max_length=40, primary_key=True, help_text="«run:7», «event:12»")
    people = models.PositiveIntegerField(help_text="Enrolled in the run; confirmed at the event")
    given = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(help_text="When the number of people was last set")
    at_once = models.BooleanField(
        db_default=False, help_text="Its people get the credits by СНИЛС: codes that name nobody take an operator"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(given__lte=F("people")), name="credits_given_within_the_allowance"),
        ]

    def __str__(self) -> str:
        return f"{self.offering}: {self.given} of {self.people}"


class CodeBatch(models.Model):
    """Confirmation codes (ИКП) issued together for an event, each worth what its version is worth (Z2)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="code_batches")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField()
    bound = models.BooleanField(help_text="Each code is for one person; otherwise for whoever brings it")
    people = ArrayField(models.BigIntegerField(), default=list, help_text="Ids of the specialists, when bound")
    earned_on = models.DateField(help_text="The day of the event: credits count from it")
    valid_until_on = models.DateField(help_text="Last day, inclusive")
    state = models.CharField(max_length=7, choices=BatchState)
    over_allowance = models.BooleanField(default=False, help_text="More codes than people: an operator decides")
    note = models.CharField(max_length=500, blank=True, help_text="Why more or so many are needed, for who decides")
    form_key = models.CharField(max_length=64, help_text="Of the form that made it: a double click is one")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="credits_batch_state_is_known"),
            models.CheckConstraint(condition=Q(count__gte=1), name="credits_batches_have_codes"),
            models.CheckConstraint(
                condition=Q(bound=True, people__len=F("count")) | Q(bound=False, people=[]),
                name="credits_bound_batches_name_their_people",
            ),
            models.UniqueConstraint(fields=["organisation", "form_key"], name="credits_a_form_makes_one_batch"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="credits_decided_batches_say_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("created_by")),
                name="credits_batches_are_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(count__lte=ALONE_UPTO, over_allowance=False) | ~Q(decided_by=None),
                name="credits_large_batches_take_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(decision=""), name="credits_refused_batches_say_why"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="credits_batches_of"),
            models.Index(fields=["item"], name="credits_batches_of_an_item"),
            models.Index(fields=["id"], condition=Q(state="waiting"), name="credits_batches_waiting"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk} of {self.count}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether its organisation took it back: nobody has decided on it. Who did is in the trail."""
        return self.state == BatchState.REFUSED and self.decided_by_id is None


class ConfirmationCode(models.Model):
    """One code. The table knows its keyed hash; the code itself is derived from the batch and the number (M3)."""

    batch = models.ForeignKey(CodeBatch, on_delete=models.PROTECT, related_name="codes")
    number = models.PositiveIntegerField(help_text="In the batch, from 1")
    digest = models.CharField(max_length=64, unique=True)
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, null=True, related_name="codes")
    state = models.CharField(max_length=9, choices=CodeState, default=CodeState.ISSUED)
    activated_at = models.DateTimeField(null=True)
    activated_by = models.ForeignKey(Specialist, on_delete=models.PROTECT, null=True, related_name="activated_codes")
    annulled_reason = models.CharField(max_length=500, blank=True)
    annulled_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, help_text="When its letter was written")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="credits_codes_are_numbered"),
            models.CheckConstraint(condition=Q(state__in=CodeState.values), name="credits_code_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="activated", activated_at__isnull=False, activated_by__isnull=False)
                | ~Q(state="activated") & Q(activated_at=None, activated_by=None),
                name="credits_activated_codes_say_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(state="annulled", annulled_at__isnull=False) & ~Q(annulled_reason="")
                | ~Q(state="annulled") & Q(annulled_at=None, annulled_reason=""),
                name="credits_annulled_codes_say_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(specialist=None) | Q(activated_by=None) | Q(activated_by=F("specialist")),
                name="credits_bound_codes_are_for_their_person",
            ),
        ]

    def __str__(self) -> str:
        return f"code {self.number} of batch {self.batch_id}"

    def facts(self, valid_until_on: dt.date) -> CodeFacts:
        """What the rule decides on."""
        return CodeFacts(
            state=self.state,
            activated_by_id=self.activated_by_id,
            activated_on=timezone.localdate(self.activated_at) if self.activated_at else None,
            specialist_id=self.specialist_id,
            valid_until_on=valid_until_on,
            annulled_reason=self.annulled_reason,
        )


class LegacyCode(models.Model):
    """A code of the closed portal: an opaque string, known by its keyed hash (domain.md 3.2, R-315)."""

    digest = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=300)
    part = models.CharField(max_length=9, choices=Part)
    credits = models.PositiveSmallIntegerField()
    earned_on = models.DateField()
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, related_name="+")
    activated_at = models.DateTimeField(null=True)
    activated_by = models.ForeignKey(Specialist, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(part__in=Part.values), name="credits_legacy_code_part_is_known"),
            models.CheckConstraint(condition=Q(credits__gte=1), name="credits_legacy_codes_are_worth_something"),
            models.CheckConstraint(
                condition=Q(activated_at=None, activated_by=None)
                | Q(activated_at__isnull=False, activated_by__isnull=False),
                name="credits_activated_legacy_codes_say_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"legacy code {self.pk}"


class Proposal(models.Model):
    """Somebody of a staff proposes to reverse an entry, or to enter a credit by hand; another person decides (Z4)."""

    kind = models.CharField(max_length=8, choices=ProposalKind)
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    claim = models.ForeignKey(
        "Claim", on_delete=models.PROTECT, null=True, related_name="proposals"
    )  # that it answers: settled together with it
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+"
    )  # that proposed the reversal, or taught what is entered by hand
    expectation = models.ForeignKey(
        Expectation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # that a credit for a request about something missing stands for
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # or of whose card it is
    replaces = models.ForeignKey(
        LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )  # the entry, first of a row of corrections, in whose place it comes
    title = models.CharField(max_length=300, blank=True)
    part = models.CharField(max_length=9, choices=Part, blank=True)
    worth = models.PositiveSmallIntegerField(null=True, help_text="ЗЕТ of a credit entered by hand")
    earned_on = models.DateField(null=True)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, related_name="+")
    settles = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether its request is settled by it: a reversal may be half the way",
    )
    reason = models.CharField(max_length=500, help_text="Shown to the person")
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.OPEN)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=500, blank=True)
    result = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProposalKind.values), name="credits_proposal_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="credits_proposal_state_is_known"),
            models.CheckConstraint(
                condition=Q(
                    kind="reversal", entry__isnull=False, worth=None, expectation=None, version=None, replaces=None
                )
                | Q(kind="credit", entry=None, worth__gte=1, earned_on__isnull=False, part__in=Part.values)
                & ~Q(title=""),
                name="credits_proposals_say_what_they_want",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="credits_proposals_say_why"),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("proposed_by")),
                name="credits_corrections_take_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None, result=None)
                | Q(state="approved", decided_at__isnull=False, decided_by__isnull=False, result__isnull=False)
                | Q(state="declined", decided_at__isnull=False, decided_by__isnull=False, result=None)
                & ~Q(decision=""),
                name="credits_decided_proposals_say_who_and_what",
            ),
            models.UniqueConstraint(
                fields=["specialist", "entry"], condition=Q(state="open"), name="credits_one_open_proposal_of_an_entry"
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(state="open", claim__isnull=False),
                name="credits_one_open_proposal_for_a_claim",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="open"), name="credits_proposals_open"),
            models.Index(fields=["specialist", "-id"], name="credits_proposals_about"),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}: {self.kind}"

    @property
    def is_withdrawn(self) -> bool:
        """Whether who proposed it has taken it back: nobody else has decided on it."""
        return self.state == ProposalState.DECLINED and self.decided_by_id == self.proposed_by_id

    @property
    def names_its_specialty(self) -> bool:
        """Whether it is a credit of which no card of the catalogue says for which specialties it is."""
        claim = self.claim
        rows = [self.expectation, *((claim.entry, claim.expectation) if claim is not None else ())]
        has_card = self.version_id is not None or any(row is not None and row.version_id is not None for row in rows)
        return self.kind == ProposalKind.CREDIT and not has_card


class Claim(SealedModel):
    """A person's request about credits: a wrong entry, a refused one, or one that is not in the list (S-15)."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="claims")
    form_key = models.CharField(max_length=64, help_text="Of the form that sent it: a double click is one")
    about = models.CharField(max_length=11, choices=About)
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="+")
    expectation = models.ForeignKey(Expectation, on_delete=models.PROTECT, null=True, related_name="+")
    part = models.CharField(max_length=9, choices=Part)
    held_on = models.DateField(null=True, help_text="When it was, as the person says")
    title = models.CharField(max_length=300, blank=True)
    organisation_name = models.CharField(max_length=300, blank=True)
    text = EncryptedText(max_length=2000)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")  # what proves it
    state = models.CharField(max_length=7, choices=ClaimState, default=ClaimState.OPEN)
    opened_at = models.DateTimeField()
    due_on = models.DateField(help_text="Last day to answer, inclusive")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="credits_claim_is_about_something"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="credits_claim_part_is_known"),
            models.CheckConstraint(condition=Q(state__in=ClaimState.values), name="credits_claim_state_is_known"),
            models.CheckConstraint(
                condition=Q(about__in=["entry", "defence"], entry__isnull=False, expectation=None)
                | Q(about="expectation", entry=None, expectation__isnull=False)
                | Q(about="missing", entry=None, expectation=None) & ~Q(title=""),
                name="credits_claims_name_what_they_are_about",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None)
                | ~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(answer=""),
                name="credits_decided_claims_say_who_and_what",
            ),
            models.UniqueConstraint(fields=["specialist", "form_key"], name="credits_a_form_sends_one_claim"),
            models.UniqueConstraint(
                fields=["specialist", "entry"], condition=Q(state="open"), name="credits_one_open_claim_about_an_entry"
            ),
            models.UniqueConstraint(
                fields=["specialist", "expectation"],
                condition=Q(state="open"),
                name="credits_one_open_claim_about_an_expectation",
            ),
        ]
        indexes = [models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="credits_claims_open")]

    def __str__(self) -> str:
        return f"claim {self.number}"

    @property
    def number(self) -> str:
        """As people quote it: «448-2211», of six digits at least."""
        return f"{self.pk // 10000:03d}-{self.pk % 10000:04d}"

    @property
    def defends(self) -> bool:
        """Whether it says that an entry is right which somebody proposed to take back: that decision answers it."""
        return self.about == About.DEFENCE

    @property
    def outcome(self) -> str:
        """How it stands, in words."""
        if self.defends and self.state in DEFENDED:
            return str(DEFENDED[ClaimState(self.state)])
        return str(ClaimState(self.state).label)

    @property
    def subject(self) -> str:
        """The title of what it is about."""
        row = self.entry or self.expectation
        if row is None:
            return self.title
        return row.version.title if row.version is not None else row.title

    @property
    def worth(self) -> int | None:
        """How many credits it is about, with the sign of its entry; None: nobody knows."""
        if self.entry is not None:
            return self.entry.credits
        return self.expectation.credits if self.expectation is not None else None

    @property
    def worth_shown(self) -> str:
        """The same as pages and letters write it."""
        return "" if self.worth is None else f"{self.worth}".replace("-", "−")
