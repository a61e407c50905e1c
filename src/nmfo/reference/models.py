"""Dated lists. A row says from which act it comes and when it holds; old names stay, because documents use them."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """Level of medical or pharmaceutical education one works with (C32: СО and СПО are the same)."""

    HIGHER = "higher", _("Higher education")
    SECONDARY = "secondary", _("Secondary education")


class Specialty(models.Model):
    """Специальность of the nomenclature: orders 435н and 700н (higher), 176н (secondary)."""

    level = models.CharField(max_length=9, choices=Level)
    name = models.CharField(max_length=160)
    ground = models.CharField(max_length=80, help_text="The act the entry stands in")
    valid_from_on = models.DateField()
    valid_until_on = models.DateField(null=True, help_text="Last day, inclusive; empty: no end known")
    replaced_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaces")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "name", "ground"], name="reference_specialty_stands_once_in_an_act"
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="reference_specialty_level_is_known"),
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(valid_until_on__gte=F("valid_from_on")),
                name="reference_specialty_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def holds_on(self, day: dt.date) -> bool:
        """Whether the entry is in force on a day."""
        return self.valid_from_on <= day and (self.valid_until_on is None or day <= self.valid_until_on)


class Region(models.Model):
    """Субъект Российской Федерации, by its two-digit code."""

    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=80, unique=True)
    district = models.CharField(max_length=40, help_text="Федеральный округ")
    zone = models.CharField(max_length=40, help_text="IANA time zone of the capital")
    ground = models.CharField(max_length=80, help_text="The act the region is named in")
    valid_from_on = models.DateField()
    valid_until_on = models.DateField(null=True, help_text="Last day, inclusive; empty: no end known")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(valid_until_on__gte=F("valid_from_on")),
                name="reference_region_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Country(models.Model):
    """A country or territory by ISO 3166-1; ОКСМ has the same codes and two countries more. XXA: no citizenship."""

    alpha3 = models.CharField(max_length=3, primary_key=True)
    alpha2 = models.CharField(max_length=2, unique=True)
    numeric = models.CharField(max_length=3, unique=True)
    name_ru = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    ground = models.CharField(max_length=80, help_text="The classifier or act the entry stands in")
    valid_from_on = models.DateField()
    valid_until_on = models.DateField(null=True, help_text="Last day, inclusive; empty: no end known")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(valid_until_on__gte=F("valid_from_on")),
                name="reference_country_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name_ru


class EducationLevel(models.Model):
    """Уровень образования of a document (273-ФЗ, article 10)."""

    code = models.SlugField(max_length=20, primary_key=True)
    name_ru = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    level = models.CharField(max_length=9, choices=Level)
    position = models.PositiveSmallIntegerField(unique=True)
    ground = models.CharField(max_length=80, help_text="The law that knows the level")
    valid_from_on = models.DateField()
    valid_until_on = models.DateField(null=True, help_text="Last day, inclusive; empty: no end known")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until_on=None) | Q(valid_until_on__gte=F("valid_from_on")),
                name="reference_education_level_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="reference_education_level_is_known"),
        ]

    def __str__(self) -> str:
        return self.name_ru
