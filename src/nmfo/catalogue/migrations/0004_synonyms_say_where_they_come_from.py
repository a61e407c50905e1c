from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_credits_follow_the_rule")]
    operations = [
        migrations.AddField(
            model_name="synonym",
            name="shipped_key",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Of the list that the package brings; empty: the operator's",
                max_length=100,
            ),
        ),
        migrations.AddField(model_name="synonym", name="removed_at", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="synonym",
            constraint=models.UniqueConstraint(
                condition=~Q(shipped_key=""), fields=("shipped_key",), name="catalogue_a_shipped_group_comes_once"
            ),
        ),
    ]
