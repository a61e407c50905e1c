from django.db import migrations

# The books pass entries of demo people over that rest on nothing. Nobody becomes one of them later, or stops being one.
_STAYS = """
CREATE FUNCTION accounts_keep_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an account is made for the demo or never belongs to it'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_demo_accounts_are_made_so';
END $$;
CREATE TRIGGER keep_demo BEFORE UPDATE ON accounts_account
  FOR EACH ROW WHEN (OLD.is_demo <> NEW.is_demo) EXECUTE FUNCTION accounts_keep_demo();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_role_of_organisations")]
    operations = [
        migrations.RunSQL(_STAYS, "DROP TRIGGER keep_demo ON accounts_account; DROP FUNCTION accounts_keep_demo()")
    ]
