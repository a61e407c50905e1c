from django.db import migrations

from foundation.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [AppendOnly("agreementversion")]
