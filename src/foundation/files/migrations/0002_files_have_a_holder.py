from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("files", "0001_initial")]
    operations = [
        migrations.AddField(
            "storedfile", "holder", models.CharField(default="", max_length=40), preserve_default=False
        ),
        migrations.RunSQL(
            "UPDATE files_storedfile SET holder = 'account:' || owner_id", reverse_sql=migrations.RunSQL.noop
        ),
    ]
