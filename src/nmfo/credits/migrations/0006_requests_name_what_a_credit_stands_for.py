import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0007_events_count_their_seats"),
        ("credits", "0005_requests_carry_a_file"),
        ("organisations", "0002_history_never_changes"),
        ("reference", "0002_validity_and_ground_of_every_list"),
        ("specialists", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="proposal",
            name="credits_proposals_say_what_they_want",
        ),
        migrations.AddField(
            model_name="proposal",
            name="expectation",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="credits.expectation",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="replaces",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="credits.ledgerentry",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="settles",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Whether its request is settled by it: a reversal may be half the way",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.version",
            ),
        ),
        migrations.AlterField(
            model_name="claim",
            name="state",
            field=models.CharField(
                choices=[("open", "Being looked at"), ("granted", "Settled: put right"), ("refused", "Refused")],
                default="open",
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("entry__isnull", False),
                        ("expectation", None),
                        ("kind", "reversal"),
                        ("replaces", None),
                        ("version", None),
                        ("worth", None),
                    ),
                    models.Q(
                        ("earned_on__isnull", False),
                        ("entry", None),
                        ("kind", "credit"),
                        ("part__in", ["programme", "event", "module", "other"]),
                        ("worth__gte", 1),
                        models.Q(("title", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="credits_proposals_say_what_they_want",
            ),
        ),
    ]
