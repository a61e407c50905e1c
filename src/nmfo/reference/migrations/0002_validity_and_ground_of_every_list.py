"""Regions, countries and education levels say since when they hold and by which act; `reference load` fills them."""

import datetime as dt

from django.db import migrations, models

LISTS = {
    "region": "The act the region is named in",
    "country": "The classifier or act the entry stands in",
    "educationlevel": "The law that knows the level",
}
NAMES = {"region": "region", "country": "country", "educationlevel": "education_level"}
BEFORE_ALL = dt.date(1991, 12, 25)


def _fields(model: str, ground: str) -> list[migrations.AddField]:
    return [
        migrations.AddField(
            model, "ground", models.CharField(default="", max_length=80, help_text=ground), preserve_default=False
        ),
        migrations.AddField(model, "valid_from_on", models.DateField(default=BEFORE_ALL), preserve_default=False),
        migrations.AddField(
            model,
            "valid_until_on",
            models.DateField(null=True, help_text="Last day, inclusive; empty: no end known"),
        ),
    ]


def _constraint(model: str) -> migrations.AddConstraint:
    return migrations.AddConstraint(
        model,
        models.CheckConstraint(
            condition=models.Q(valid_until_on=None) | models.Q(valid_until_on__gte=models.F("valid_from_on")),
            name=f"reference_{NAMES[model]}_ends_after_it_begins",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("reference", "0001_initial")]
    operations = [
        *(operation for model, ground in LISTS.items() for operation in _fields(model, ground)),
        *(_constraint(model) for model in LISTS),
    ]
