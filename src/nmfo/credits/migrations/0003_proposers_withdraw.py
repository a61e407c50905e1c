from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("credits", "0002_entries_are_posted_once_and_never_change")]
    operations = [
        migrations.RemoveConstraint(model_name="proposal", name="credits_corrections_take_two_people"),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("proposed_by")),
                name="credits_corrections_take_two_people",
            ),
        ),
    ]
