"""The record of what was generated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="GeneratedPhase",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("seed", models.PositiveIntegerField()),
                ("scale", models.FloatField()),
                ("programmes_factor", models.PositiveIntegerField()),
                ("today", models.DateField(help_text="The day that everything is dated from")),
                ("blocks", models.JSONField(help_text="Table: first and last id of the rows that are ours")),
                ("rows", models.PositiveBigIntegerField()),
                ("seconds", models.FloatField()),
                ("done_at", models.DateTimeField()),
            ],
        ),
    ]
