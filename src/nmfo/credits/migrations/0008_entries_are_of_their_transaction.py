from django.db import migrations

from foundation.db.operations import Stamped


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_rows_are_of_their_transaction"),
        ("credits", "0007_what_an_organisation_gave_by_day"),
    ]
    operations = [Stamped("ledgerentry")]
