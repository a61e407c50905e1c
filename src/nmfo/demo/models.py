"""What of the generated demo data is there: a row for each phase that is wholly loaded."""

from __future__ import annotations

from django.db import models


class GeneratedPhase(models.Model):
    """A phase of `nmfo demo generate`, written in the transaction that loaded it: it is there wholly or not at all."""

    name = models.CharField(max_length=20, primary_key=True)
    seed = models.PositiveIntegerField()
    scale = models.FloatField()
    programmes_factor = models.PositiveIntegerField()
    today = models.DateField(help_text="The day that everything is dated from")
    blocks = models.JSONField(help_text="Table: first and last id of the rows that are ours")
    rows = models.PositiveBigIntegerField()
    seconds = models.FloatField()
    done_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
