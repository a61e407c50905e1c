from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signin", "0002_append_only_and_unlogged")]
    operations = [
        migrations.RemoveConstraint(model_name="onetimesecret", name="signin_secret_purpose_is_known"),
        migrations.AlterField(
            model_name="onetimesecret",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("confirm", "Confirming a registration"),
                    ("temporary_password", "Temporary password"),
                    ("recover", "Recovery link"),
                    ("email_change", "Changing the e-mail"),
                    ("email_undo", "Undoing a change of e-mail"),
                    ("invitation", "Invitation to an organisation's account"),
                    ("application", "Link to an application"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimesecret",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    purpose__in=[
                        "confirm",
                        "temporary_password",
                        "recover",
                        "email_change",
                        "email_undo",
                        "invitation",
                        "application",
                    ]
                ),
                name="signin_secret_purpose_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="onetimesecret",
            index=models.Index(
                condition=models.Q(purpose__in=["invitation", "application"]),
                fields=["subject_id"],
                name="signin_secret_about_a_row",
            ),
        ),
    ]
