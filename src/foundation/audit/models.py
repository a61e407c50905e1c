"""The trail and its seals. Both tables are append-only."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models


class Entry(models.Model):
    """One action: who, what, about whom, when, from where, why, and what changed (masked by the caller)."""

    at = models.DateTimeField(db_default=TransactionNow())
    transaction = models.BigIntegerField(
        db_default=models.Func(function="txid_current", output_field=models.BigIntegerField())
    )
    actor_id = models.BigIntegerField(null=True, help_text="Account that acted; empty: nobody signed in, or the system")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=40, help_text="Kind of what was acted on")
    subject_id = models.BigIntegerField(null=True)
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    request_id = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "-id"], name="audit_of_a_subject"),
            models.Index(fields=["actor_id", "-id"], name="audit_of_an_actor"),
            models.Index(fields=["transaction"], name="audit_by_transaction"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"


class Seal(models.Model):
    """A hash over the entries of the transactions `since` (inclusive) to `upto` (exclusive) and over the seal before.

    Ids are given before a row is committed, so rows may appear below an id that was sealed already. Transactions
    do not: everything below the oldest transaction still running is settled for ever.
    """

    at = models.DateTimeField(db_default=TransactionNow())
    since = models.BigIntegerField(help_text="First transaction number that this seal covers")
    upto = models.BigIntegerField(help_text="First transaction number that it does not", unique=True)
    entries = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["since"], name="audit_seals_do_not_overlap"),
            models.UniqueConstraint(fields=["previous"], name="audit_seals_form_one_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.digest[:12]}"
