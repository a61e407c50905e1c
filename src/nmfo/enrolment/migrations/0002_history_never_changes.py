from django.db import migrations

from foundation.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE enrolment_application_number", "DROP SEQUENCE enrolment_application_number"),
        AppendOnly("applicationstep"),
    ]
