"""Tables of sign-in. Keys, tokens and codes lie here as hashes only (promise I4)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from foundation.vault.fields import EncryptedJSON, SealedModel


class Session(SealedModel):
    """An open browser. The browser has the key, the table its SHA-256."""

    key_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    data = EncryptedJSON()
    method = models.CharField(max_length=20, blank=True)
    amr = ArrayField(models.CharField(max_length=10), default=list)
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    idle_s = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-seen_at"], name="signin_session_of_account")]


class OneTimeSecret(models.Model):
    """A link, a temporary password or a code: works once, until a moment.

    The one exception is the link to an application of somebody without an account: it opens the same page each time.
    """

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", _("Confirming a registration")
        TEMPORARY_PASSWORD = "temporary_password", _("Temporary password")
        RECOVER = "recover", _("Recovery link")
        EMAIL_CHANGE = "email_change", _("Changing the e-mail")
        EMAIL_UNDO = "email_undo", _("Undoing a change of e-mail")
        INVITATION = "invitation", _("Invitation to an organisation's account")
        APPLICATION = "application", _("Link to an application")

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    purpose = models.CharField(max_length=20, choices=Purpose)
    digest = models.CharField(max_length=128)
    subject_id = models.BigIntegerField(null=True, help_text="The row it is about: a registration, a change")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "digest"], name="signin_secret_is_one"),
            models.CheckConstraint(
                condition=Q(
                    purpose__in=[
                        "confirm",
                        "temporary_password",
                        "recover",
                        "email_change",
                        "email_undo",
                        "invitation",
                        "application",
                    ]
                ),
                name="signin_secret_purpose_is_known",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="signin_secret_lives_for_a_while"),
        ]
        indexes = [
            models.Index(fields=["account", "purpose"], name="signin_secret_of_account"),
            models.Index(
                fields=["subject_id"],
                condition=Q(purpose__in=["invitation", "application"]),
                name="signin_secret_about_a_row",
            ),
        ]


class KnownDevice(models.Model):
    """A browser that completed a sign-in before: it has its own count of wrong passwords (promise I2)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "token_hash"], name="signin_device_is_known_once")]


class Factor(SealedModel):
    """A second factor: an application's codes, a passkey, or the sheet of recovery codes."""

    class Kind(models.TextChoices):
        TOTP = "totp", _("Codes of an application")
        PASSKEY = "passkey", _("Passkey")
        RECOVERY = "recovery", _("Recovery codes")

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=60, blank=True)
    data = EncryptedJSON()
    credential = models.CharField(max_length=64, blank=True, help_text="SHA-256 of a passkey's credential id")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["totp", "passkey", "recovery"]), name="signin_factor_is_known"
            ),
            models.UniqueConstraint(fields=["credential"], condition=~Q(credential=""), name="signin_passkey_is_one"),
            models.UniqueConstraint(
                fields=["account", "kind"], condition=~Q(kind="passkey"), name="signin_one_totp_and_one_sheet"
            ),
        ]


class AuthEvent(models.Model):
    """Something that happened to an account's ways in; shown to its owner. Append-only.

    Tries for logins that nobody has are written as well, without an account: the work must be the same (promise I3).
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        WRONG_PASSWORD = "wrong_password", _("Wrong password")
        LOCKED = "locked", _("Sign-in by password closed for ten minutes")
        SIGNED_OUT = "signed_out", _("Signed out")
        SESSIONS_ENDED = "sessions_ended", _("Sessions ended")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        RECOVERY_ASKED = "recovery_asked", _("Recovery asked for")
        RECOVERED = "recovered", _("Access recovered")
        EMAIL_CHANGED = "email_changed", _("E-mail changed")
        FACTOR_ADDED = "factor_added", _("Second factor added")
        FACTOR_REMOVED = "factor_removed", _("Second factor removed")
        FACTOR_FAILED = "factor_failed", _("Wrong code of the second step")
        REGISTERED = "registered", _("Registered")
        CLOSED = "closed", _("Account closed")

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )  # stays
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=Kind)
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    detail = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="signin_events_of_account")]


class Throttle(models.Model):
    """Counts of tries. Unlogged: after a crash people have one more round of tries, and nothing else is lost."""

    key = models.CharField(max_length=64, primary_key=True)
    hits = models.PositiveIntegerField()
    window_end = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)


class UsedChallenge(models.Model):
    """A human check that was answered: it does not work again."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)
