from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0008_entries_are_of_their_transaction")]

    operations = [
        migrations.RemoveConstraint(model_name="claim", name="credits_claim_is_about_something"),
        migrations.RemoveConstraint(model_name="claim", name="credits_claims_name_what_they_are_about"),
        migrations.AlterField(
            model_name="claim",
            name="about",
            field=models.CharField(
                choices=[
                    ("entry", "An entry is wrong"),
                    ("defence", "An entry is right: objection to taking it back"),
                    ("expectation", "It should have been credited"),
                    ("missing", "A credit is not in the list"),
                ],
                max_length=11,
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("about__in", ["entry", "defence", "expectation", "missing"])),
                name="credits_claim_is_about_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("about__in", ["entry", "defence"]), ("entry__isnull", False), ("expectation", None)),
                    models.Q(("about", "expectation"), ("entry", None), ("expectation__isnull", False)),
                    models.Q(
                        ("about", "missing"),
                        ("entry", None),
                        ("expectation", None),
                        models.Q(("title", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="credits_claims_name_what_they_are_about",
            ),
        ),
    ]
