from django.db import migrations

from foundation.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE organisations_application_number", "DROP SEQUENCE organisations_application_number"
        ),
        AppendOnly("applicationstep"),
    ]
