from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0007_events_count_their_seats"),
        ("credits", "0009_requests_defend_an_entry"),
        ("organisations", "0002_history_never_changes"),
        ("reference", "0002_validity_and_ground_of_every_list"),
        ("specialists", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="ledgerentry",
            name="credits_ledger_of",
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=["specialist", "-earned_on", "-id"],
                include=(
                    "credits",
                    "part",
                    "version",
                    "specialty",
                    "item",
                    "source",
                    "origin",
                    "organisation",
                    "reverses",
                    "posted_at",
                ),
                name="credits_ledger_of",
            ),
        ),
    ]
