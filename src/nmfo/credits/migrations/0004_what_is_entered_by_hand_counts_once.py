from django.db import migrations, models
from django.db.models import Q

_NAME = "credits_an_event_or_module_counts_once"


class Migration(migrations.Migration):
    dependencies = [("credits", "0003_proposers_withdraw")]
    operations = [
        migrations.RemoveConstraint(model_name="ledgerentry", name=_NAME),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=["specialist", "item"],
                condition=Q(source__in=["code", "presence", "module"])
                | Q(source="manual", part__in=["event", "module"]),
                name=_NAME,
            ),
        ),
    ]
