"""Tables of cycles: rule sets in versions, golden cases, general extensions of documents; people's cycles."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item
from nmfo.cycles.rules.measuring import PARTS, ExtensionFacts, Requirement, RuleSetFacts
from nmfo.cycles.rules.words import Ask, CycleKind, DecidedBy, Role, SetState
from nmfo.reference.models import Specialty
from nmfo.specialists.models import Document, Specialist
from nmfo.specialists.rules import DocumentKind


class RuleSet(models.Model):
    """A version of a rule set. A trigger keeps what was published as it is, with its requirements.

    Versions of one key follow each other; acts that replace each other are keys of their own, with their days.
    """

    key = models.SlugField(max_length=40)
    number = models.PositiveIntegerField(help_text="Of the version")
    state = models.CharField(max_length=10, choices=SetState, default=SetState.DRAFT)
    title = models.CharField(max_length=200)
    ground = models.CharField(max_length=300, help_text="The act")
    source = models.CharField(max_length=500, help_text="Where the rule was read")
    role = models.CharField(max_length=11, choices=Role)
    decided_by = models.CharField(max_length=5, choices=DecidedBy)
    valid_from_on = models.DateField()
    valid_until_on = models.DateField(null=True, help_text="Last day, inclusive; empty: no end known")
    kinds = ArrayField(
        models.CharField(max_length=13, choices=DocumentKind), blank=True, help_text="Of documents; empty: any"
    )
    volunteers = models.BooleanField(default=False, help_text="Only for those who chose it")
    reason = models.CharField(max_length=1000, blank=True, help_text="What this version changes and why")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+"
    )  # empty: brought by the package
    writers = ArrayField(models.BigIntegerField(), blank=True, default=list, help_text="Accounts that wrote in it")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="cycles_versions_are_numbered"),
            models.UniqueConstraint(fields=["key"], condition=Q(state="draft"), name="cycles_one_draft_of_a_rule_set"),
            models.UniqueConstraint(fields=["key"], condition=Q(state="published"), name="cycles_one_version_in_force"),
            models.CheckConstraint(condition=Q(state__in=SetState.values), name="cycles_set_state_is_known"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="cycles_role_is_known"),
            models.CheckConstraint(condition=Q(decided_by__in=DecidedBy.values), name="cycles_decider_is_known"),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=DocumentKind.values), name="cycles_kinds_of_documents_are_known"
            ),
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(valid_until_on__gte=F("valid_from_on")),
                name="cycles_rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"], published_at=None)
                | Q(state__in=["published", "superseded"], published_at__isnull=False),
                name="cycles_published_sets_have_a_time",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(written_by=None) | Q(published_by__isnull=False),
                name="cycles_published_sets_say_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("written_by")),
                name="cycles_nobody_publishes_what_they_wrote",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.number}"

    @property
    def facts(self) -> RuleSetFacts:
        """The set as the rules take it; asks for its requirements, which lists fetch beforehand."""
        return RuleSetFacts(
            key=self.key,
            title=self.title,
            ground=self.ground,
            role=self.role,
            decided_by=self.decided_by,
            valid_from_on=self.valid_from_on,
            valid_until_on=self.valid_until_on,
            kinds=frozenset(self.kinds),
            volunteers=self.volunteers,
            requirements=tuple(row.facts for row in self.asked.all()),
        )


class RequirementRow(models.Model):
    """A requirement of a version: part of it, published and kept together."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="asked")  # part of it
    position = models.PositiveSmallIntegerField()
    ask = models.CharField(max_length=6, choices=Ask)
    text = models.CharField(max_length=300)
    credits = models.PositiveSmallIntegerField(default=0)
    parts = ArrayField(models.CharField(max_length=9), blank=True, default=list, help_text="Empty: all")
    within_years = models.PositiveSmallIntegerField(null=True, help_text="Not older, at the document's last day")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "position"], name="cycles_requirements_stand_in_order"),
            models.CheckConstraint(condition=Q(ask__in=Ask.values), name="cycles_ask_is_known"),
            models.CheckConstraint(condition=Q(parts__contained_by=list(PARTS)), name="cycles_parts_are_known"),
            models.CheckConstraint(
                condition=Q(ask="paper", credits=0) | ~Q(ask="paper") & Q(credits__gte=1),
                name="cycles_requirements_ask_for_a_number_or_a_paper",
            ),
        ]

    @property
    def facts(self) -> Requirement:
        """The requirement as the rules take it."""
        return Requirement(
            ask=self.ask,
            text=self.text,
            credits=self.credits,
            parts=frozenset(self.parts),
            within_years=self.within_years,
        )


class GoldenCase(models.Model):
    """Facts of a person and what the rules must answer. Every live case must pass before a version is published.

    A new law changes answers, so a draft may bring cases along: they become live when it is published, in place of
    those of their keys, or (`removes`) take one away. What is no longer live stays to be read.
    """

    key = models.SlugField(max_length=60)
    rule_set = models.SlugField(max_length=40, help_text="Key of the set it is about")
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=500, help_text="The line it checks")
    facts = models.JSONField()
    expected = models.JSONField()
    position = models.PositiveIntegerField(default=0)
    brought_by = models.ForeignKey(
        RuleSet, on_delete=models.PROTECT, null=True, related_name="cases"
    )  # the version it came with; empty: with the package
    removes = models.BooleanField(default=False, help_text="The case of this key goes when the version is published")
    live_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(live_at__isnull=False, retired_at=None),
                name="cycles_one_live_case_of_a_key",
            ),
            models.UniqueConstraint(fields=["brought_by", "key"], name="cycles_a_version_brings_a_case_once"),
            models.CheckConstraint(
                condition=Q(brought_by__isnull=False) | Q(live_at__isnull=False, removes=False),
                name="cycles_cases_of_the_package_are_live_at_once",
            ),
            models.CheckConstraint(condition=Q(removes=False) | Q(live_at=None), name="cycles_removals_are_never_live"),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(live_at__isnull=False), name="cycles_only_live_cases_retire"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Extension(models.Model):
    """A general act by which documents hold longer than they say."""

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    ground = models.CharField(max_length=300)
    source = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=13, choices=DocumentKind))
    ends_from_on = models.DateField(help_text="Documents whose own end is from this day")
    ends_until_on = models.DateField(help_text="Inclusive")
    until_on = models.DateField(help_text="Their last day by the act, inclusive")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kinds__contained_by=DocumentKind.values), name="cycles_extended_kinds_are_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_from_on__lte=F("ends_until_on"), until_on__gte=F("ends_until_on")),
                name="cycles_extensions_lengthen",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def facts(self) -> ExtensionFacts:
        """The act as the rules take it."""
        return ExtensionFacts(
            kinds=frozenset(self.kinds),
            ends_from_on=self.ends_from_on,
            ends_until_on=self.ends_until_on,
            until_on=self.until_on,
            ground=self.ground,
        )


def _one(column: str) -> Func:
    """A range of a single number: with it a plain GiST index excludes equal numbers, without an extension."""
    return Func(F(column), F(column), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


def _days() -> Func:
    """The days of a cycle, both ends inclusive."""
    return Func(F("begins_on"), F("ends_on"), Value("[]"), function="daterange", output_field=DateRangeField())


class Cycle(models.Model):
    """Пятилетний цикл of a specialist in a specialty, or their choice of «вне циклов».

    What counts for it follows from specialty and days and is nowhere written down: an entry of the ledger belongs to
    every cycle it fits. A cycle given up stays with the moment; it no longer stands in the way of another.
    """

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="cycles")  # proof of learning
    kind = models.CharField(max_length=10, choices=CycleKind)
    specialty = models.ForeignKey(Specialty, on_delete=models.PROTECT, null=True, related_name="+")
    document = models.ForeignKey(
        Document, on_delete=models.SET_NULL, null=True, related_name="+"
    )  # may be removed by its owner; the days stay
    begins_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="Inclusive; empty: outside cycles")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, help_text="When its owner chose otherwise")
    year_letter_on = models.DateField(null=True, help_text="When the next letter about the end of a year is due")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=CycleKind.values), name="cycles_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="five_years", specialty__isnull=False, ends_on__isnull=False)
                | Q(kind="outside", specialty=None, ends_on=None, document=None),
                name="cycles_five_years_have_specialty_and_end",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("begins_on")), name="cycles_end_after_they_begin"
            ),
            models.UniqueConstraint(
                fields=["specialist"],
                condition=Q(kind="outside", left_at=None),
                name="cycles_one_choice_of_staying_outside",
            ),
            ExclusionConstraint(
                name="cycles_no_overlap",
                expressions=[
                    (_one("specialist_id"), RangeOperators.OVERLAPS),
                    (_one("specialty_id"), RangeOperators.OVERLAPS),
                    (_days(), RangeOperators.OVERLAPS),
                ],
                condition=Q(kind="five_years", left_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["specialist", "-begins_on"], name="cycles_of"),
            models.Index(fields=["year_letter_on"], condition=Q(left_at=None), name="cycles_year_letters"),
        ]

    def __str__(self) -> str:
        return f"cycle {self.pk}"


class PlanItem(models.Model):
    """What a specialist intends to do, and about when. Its state is not here: it follows from applications and credits.

    It belongs to every cycle whose specialty it suits, as the credits will.
    """

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="plan_items")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")  # items are withdrawn, never deleted
    planned_on = models.DateField(help_text="The day that decides into which year of a cycle it is put")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specialist", "item"], name="cycles_an_item_is_planned_once"),
        ]

    def __str__(self) -> str:
        return f"plan of {self.item_id}"


class PlanFeed(models.Model):
    """The secret address of a specialist's calendar. The secret itself is derived from `number` and a key outside.

    A new number makes the former address worthless; a closed feed has none.
    """

    specialist = models.OneToOneField(Specialist, on_delete=models.PROTECT, related_name="plan_feed")
    number = models.PositiveIntegerField(default=1, help_text="Grows with each new address")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, help_text="Empty: the address works")

    def __str__(self) -> str:
        return f"feed {self.number} of {self.specialist_id}"
