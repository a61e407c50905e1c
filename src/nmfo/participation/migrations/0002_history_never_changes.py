from django.db import migrations

from foundation.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("participation", "0001_initial")]
    operations = [
        AppendOnly("step"),
        AppendOnly("scanbatch"),
        AppendOnly("mark"),
        AppendOnly("windowanswer"),
        AppendOnly("confirmed"),
    ]
