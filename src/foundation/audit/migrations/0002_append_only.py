from django.db import migrations

from foundation.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [AppendOnly("entry"), AppendOnly("seal")]
