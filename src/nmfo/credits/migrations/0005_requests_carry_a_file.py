import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0004_a_corrected_event_may_count_anew"),
        ("files", "0003_holders_are_asked_for"),
    ]
    operations = [
        migrations.AddField(
            model_name="claim",
            name="file",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
            ),
        ),
    ]
