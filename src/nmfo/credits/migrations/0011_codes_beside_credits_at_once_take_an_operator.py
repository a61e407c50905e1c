from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0010_the_list_of_entries_is_read_from_its_index")]
    operations = [
        migrations.AddField(
            model_name="allowance",
            name="at_once",
            field=models.BooleanField(
                db_default=False,
                help_text="Its people get the credits by СНИЛС: codes that name nobody take an operator",
            ),
        ),
    ]
