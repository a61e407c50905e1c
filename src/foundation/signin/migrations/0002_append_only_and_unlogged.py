from django.db import migrations

from foundation.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("signin", "0001_initial")]
    operations = [
        AppendOnly("authevent"),
        migrations.RunSQL("ALTER TABLE signin_throttle SET UNLOGGED", "ALTER TABLE signin_throttle SET LOGGED"),
    ]
