from django.db import migrations

# What a published version of a rule set says stays; that it is replaced one day may be written beside it.
_SETS = """
CREATE FUNCTION cycles_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.published_at IS NULL THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{state,superseded_at}'::text[] <> to_jsonb(OLD) - '{state,superseded_at}'::text[] THEN
    RAISE EXCEPTION 'a published rule set never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cycles_published_sets_never_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON cycles_ruleset
  FOR EACH ROW EXECUTE FUNCTION cycles_keep_published();
CREATE FUNCTION cycles_keep_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  whole bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.rule_set_id ELSE OLD.rule_set_id END;
BEGIN
  IF EXISTS (SELECT 1 FROM cycles_ruleset s WHERE s.id = whole AND s.published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a published rule set never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cycles_published_sets_never_change';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER keep_published BEFORE INSERT OR UPDATE OR DELETE ON cycles_requirementrow
  FOR EACH ROW EXECUTE FUNCTION cycles_keep_parts();
"""
_BACK = """
DROP TRIGGER keep_published ON cycles_requirementrow;
DROP TRIGGER keep_published ON cycles_ruleset;
DROP FUNCTION cycles_keep_parts();
DROP FUNCTION cycles_keep_published();
"""


class Migration(migrations.Migration):
    dependencies = [("cycles", "0001_initial")]
    operations = [migrations.RunSQL(_SETS, _BACK)]
