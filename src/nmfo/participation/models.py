"""Tables of taking part in events. What proves presence is only ever added to."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q

from foundation.vault.fields import EncryptedText, SealedModel
from nmfo.accounts.models import Account
from nmfo.catalogue.models import Item, Version
from nmfo.participation.rules import (
    LIVE,
    LONGEST_OBJECTION,
    LONGEST_REASON,
    Award,
    ObjectionState,
    Sign,
    Span,
    State,
    Way,
)
from nmfo.specialists.models import Specialist


class Gathering(models.Model):
    """What participation keeps of an event: one row, under whose lock seats are counted and attendance is closed."""

    item = models.OneToOneField(Item, on_delete=models.PROTECT, primary_key=True, related_name="gathering")
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, related_name="+", help_text="Whose time and place people were told last"
    )
    taken = models.PositiveIntegerField(default=0, help_text="Registrations that hold a seat")
    award = models.CharField(max_length=7, choices=Award, default=Award.CODES)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed = models.PositiveIntegerField(default=0, help_text="People whose presence is confirmed")
    called_off_at = models.DateTimeField(null=True, help_text="When everybody was told that it was withdrawn")
    expected_at = models.DateTimeField(null=True, help_text="When everybody's credits were entered as awaited")
    settled_at = models.DateTimeField(null=True, help_text="When the credits of everybody on the list were settled")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(award__in=Award.values), name="participation_award_is_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, confirmed=0, settled_at=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="participation_closed_events_say_when_and_who",
            ),
            models.CheckConstraint(
                condition=Q(confirmed__lte=F("taken")), name="participation_confirmed_people_had_seats"
            ),
        ]

    def __str__(self) -> str:
        return f"gathering of item {self.item_id}"


class Registration(models.Model):
    """A specialist's registration for an event."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="registrations")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="registrations")
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, related_name="+", help_text="The text they signed up to"
    )
    state = models.CharField(max_length=10, choices=State)
    signed_up_at = models.DateTimeField()
    offered_until = models.DateTimeField(null=True, help_text="Until when a freed seat is kept")
    arrived_at = models.DateTimeField(null=True, help_text="The first mark of presence in force; a copy of the marks")
    added_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, related_name="+", help_text="Who added somebody on the spot"
    )
    decided_at = models.DateTimeField(null=True, help_text="When presence was confirmed or not")
    reminded_at = models.DateTimeField(null=True)
    expected_by = models.CharField(
        max_length=10, blank=True, help_text="The source its credits were entered as awaited from"
    )
    settled_at = models.DateTimeField(null=True, help_text="When its credits were given, or said not to come")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "item"],
                condition=Q(state__in=sorted(LIVE)),
                name="participation_one_live_registration_for_an_event",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="participation_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="offered", offered_until__isnull=False) | ~Q(state="offered") & Q(offered_until=None),
                name="participation_offers_have_a_term",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["present", "absent"], decided_at__isnull=False)
                | ~Q(state__in=["present", "absent"]) & Q(decided_at=None),
                name="participation_decisions_have_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["item", "state", "id"], name="participation_list_of"),
            models.Index(fields=["specialist", "-id"], name="participation_events_of"),
            models.Index(fields=["offered_until"], condition=Q(state="offered"), name="participation_offers_due"),
        ]

    def __str__(self) -> str:
        return f"registration {self.pk}"


class Step(models.Model):
    """The history of a registration: each change of its state. Append-only."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="steps")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State)
    by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")  # empty: the portal itself
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="participation_step_state_is_known")
        ]
        indexes = [models.Index(fields=["registration", "id"], name="participation_steps_of")]


class ScanBatch(models.Model):
    """Badges scanned by one device, sent together. The same number again gets the same answer. Append-only."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    device = models.CharField(max_length=36)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was sent")
    answer = models.JSONField(help_text="What became of each scan; no names")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "device", "number"], name="participation_a_batch_counts_once"),
        ]


class Mark(models.Model):
    """Something noted of somebody's presence on the spot. Append-only: taking back is a row as well."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="marks")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")
    sign = models.CharField(max_length=10, choices=Sign)
    way = models.CharField(max_length=5, choices=Way)
    at = models.DateTimeField(help_text="When it happened")
    noted_at = models.DateTimeField(help_text="When the portal learned of it")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    batch = models.ForeignKey(ScanBatch, on_delete=models.PROTECT, null=True, related_name="marks")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sign__in=Sign.values), name="participation_sign_is_known"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="participation_way_is_known"),
            models.CheckConstraint(
                condition=~Q(sign="taken_back") | ~Q(reason=""), name="participation_marks_are_taken_back_for_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["registration", "id"], name="participation_marks_of")]


class Window(models.Model):
    """A time during a webinar in which people confirm that they are there. One that has opened stays as it is."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="windows")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="participation_windows_close_after_they_open"
            ),
            models.UniqueConstraint(fields=["item", "opens_at"], name="participation_a_window_opens_once"),
        ]

    @property
    def span(self) -> Span:
        """Its time."""
        return Span(begins_at=self.opens_at, ends_at=self.closes_at)


class WindowAnswer(models.Model):
    """«Я здесь» of one person in one window. Append-only."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="answers")
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="answers")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    late = models.BooleanField(help_text="Came within the grace for a poor link")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specialist", "window"], name="participation_a_window_is_answered_once"),
        ]
        indexes = [models.Index(fields=["registration"], name="participation_answers_of")]


class Confirmed(models.Model):
    """The list of those whose presence is confirmed, in the order it was fixed. Append-only."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="+")
    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", help_text="Whose credits they get")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["specialist", "item"], name="participation_presence_is_confirmed_once"),
        ]
        indexes = [models.Index(fields=["item", "id"], name="participation_confirmed_of")]


class Objection(SealedModel):
    """What somebody says against the decision that they were not there, and what the organiser answered."""

    specialist = models.ForeignKey(Specialist, on_delete=models.PROTECT, related_name="+")
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="objections")
    text = EncryptedText(max_length=LONGEST_OBJECTION)
    state = models.CharField(max_length=7, choices=ObjectionState, default=ObjectionState.OPEN)
    opened_at = models.DateTimeField()
    due_on = models.DateField(help_text="Last day of the answer, inclusive")
    answer = EncryptedText(max_length=LONGEST_REASON, null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "registration"], name="participation_a_decision_is_objected_to_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ObjectionState.values), name="participation_objection_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None, decided_by=None)
                | ~Q(state="open") & Q(decided_at__isnull=False, decided_by__isnull=False, answer__isnull=False),
                name="participation_decided_objections_say_who_and_when",
            ),
        ]

    def is_overdue(self, today: dt.date) -> bool:
        """Whether the organiser is late."""
        return self.state == ObjectionState.OPEN and today > self.due_on
