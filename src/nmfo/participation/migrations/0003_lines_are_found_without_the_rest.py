from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("participation", "0002_history_never_changes")]
    operations = [
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["item", "id"], name="participation_lines"
            ),
        ),
    ]
