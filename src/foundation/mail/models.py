"""The outbox: letters and SMS, with what became of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.mail.rules import derive
from foundation.vault.fields import BlindIndex, EncryptedText, SealedModel


class Channel(models.TextChoices):
    """How a message travels."""

    MAIL = "mail", _("Letter")
    SMS = "sms", _("SMS")


class Delivery(models.TextChoices):
    """What became of a message."""

    QUEUED = "queued", _("Waits to be sent")
    SENT = "sent", _("Sent")
    SHOWN = "shown", _("Shown on this stand")
    REFUSED = "refused", _("Refused by the recipient's mail server")
    FAILED = "failed", _("Could not be delivered")


FINAL = (Delivery.SENT, Delivery.SHOWN, Delivery.REFUSED, Delivery.FAILED)


class Letter(SealedModel):
    """One message. Its words are fixed when it is written; secrets are put in only while it is being sent (M2, M3)."""

    channel = models.CharField(max_length=4, choices=Channel, default=Channel.MAIL)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True, help_text="What caused it: the same cause writes once")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="letters")
    to = EncryptedText(max_length=254)
    to_index = BlindIndex(source="to", purpose="email", db_index=True)
    language = models.CharField(max_length=2)
    subject = EncryptedText()
    text = EncryptedText(null=True)  # dropped after the term of keeping
    stop_url = EncryptedText(null=True)  # the page that ends letters of this kind without a sign-in
    urgent = models.BooleanField(default=False)
    delivery = models.CharField(max_length=8, choices=Delivery, default=Delivery.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, help_text="A worker is sending it until then")
    next_try_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True, help_text="The mail server's answer, without addresses")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(delivery__in=Delivery.values), name="mail_delivery_is_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="mail_channel_is_known"),
            models.CheckConstraint(
                condition=Q(delivery__in=[Delivery.SENT, Delivery.SHOWN], delivered_at__isnull=False)
                | ~Q(delivery__in=[Delivery.SENT, Delivery.SHOWN]) & Q(delivered_at=None),
                name="mail_delivered_ones_have_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(delivery="queued"), name="mail_waiting"),
            models.Index(fields=["account", "-created_at"], name="mail_of_an_account"),
            models.Index(fields=["-created_at"], name="mail_newest"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk} {self.kind}"

    @property
    def message_id(self) -> str:
        """The Message-ID, the same at every repetition."""
        return f"<{self.pk}.{derive(self.pk, 'message-id')[:16]}@{settings.MAIL_FROM.rpartition('@')[2]}>"

    def secret(self, name: str) -> str:
        """The secret of this letter by its name; `foundation.mail.rules.derive` says the forms."""
        return derive(self.pk, name)
