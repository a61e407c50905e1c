"""Files people gave: where their bytes lie and what they are. The bytes are encrypted on disk."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.vault.fields import EncryptedText, SealedModel


class StoredFile(SealedModel):
    """One kept file. `place` is a random name; what the person called it is sealed and shown cleaned."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )  # files go before their owner; empty: somebody without an account, see `holder`
    holder = models.CharField(
        max_length=40, help_text="Whose room it takes: `account:7`, `organisation:3`, `application:12`"
    )
    purpose = models.CharField(max_length=30)
    place = models.CharField(max_length=64, unique=True)
    name = EncryptedText(max_length=200)
    content_type = models.CharField(max_length=80)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    content_type__in=[
                        "application/pdf",
                        "image/jpeg",
                        "image/png",
                        "text/csv",
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    ]
                ),
                name="files_kind_is_allowed",
            ),
            models.CheckConstraint(condition=~Q(holder=""), name="files_have_a_holder"),
        ]
        indexes = [models.Index(fields=["holder", "purpose"], name="files_of_a_holder")]
