from django.db import migrations

from foundation.db.operations import AppendOnly

# An entry and the mark that its evidence is used are one thing: nothing can post without it, a script neither.
_ONCE = """
CREATE FUNCTION credits_use_origin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO credits_usedorigin (source, origin, specialist_id, entry_id)
  VALUES (NEW.source, NEW.origin, NEW.specialist_id, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER use_origin AFTER INSERT ON credits_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION credits_use_origin();
"""
# What a CHECK cannot see: an entry is worth what its published version is worth (Z2), a reversal takes back the whole
# of an entry of the same person that is no reversal itself, with the same part, item, specialty and day (L7).
_FACTS = """
CREATE FUNCTION credits_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.reverses_id IS NOT NULL THEN
    PERFORM 1 FROM credits_ledgerentry e
    WHERE e.id = NEW.reverses_id AND e.specialist_id = NEW.specialist_id AND e.credits = -NEW.credits
      AND e.reverses_id IS NULL AND e.part = NEW.part AND e.earned_on = NEW.earned_on
      AND e.item_id IS NOT DISTINCT FROM NEW.item_id AND e.version_id IS NOT DISTINCT FROM NEW.version_id
      AND e.specialty_id IS NOT DISTINCT FROM NEW.specialty_id;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'a reversal takes back a whole entry of the same person'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'credits_reversals_mirror_their_entry';
    END IF;
  ELSIF NEW.version_id IS NOT NULL THEN
    PERFORM 1 FROM catalogue_version v
    WHERE v.id = NEW.version_id AND v.item_id = NEW.item_id AND v.credits = NEW.credits AND v.published_at IS NOT NULL;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'an entry is worth what its published version is worth'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'credits_entries_are_worth_their_version';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_entry BEFORE INSERT ON credits_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION credits_check_entry();
"""
# Lists of a person read the index alone; for that the visibility map has to follow the insertions (performance.md 2).
_VACUUM = "ALTER TABLE credits_ledgerentry SET (autovacuum_vacuum_insert_scale_factor = 0.02)"


class Migration(migrations.Migration):
    dependencies = [("credits", "0001_initial")]
    operations = [
        AppendOnly("ledgerentry"),
        AppendOnly("usedorigin"),
        AppendOnly("ledgerseal"),
        AppendOnly("expectationstep"),
        migrations.RunSQL(_ONCE, "DROP TRIGGER use_origin ON credits_ledgerentry; DROP FUNCTION credits_use_origin()"),
        migrations.RunSQL(
            _FACTS, "DROP TRIGGER check_entry ON credits_ledgerentry; DROP FUNCTION credits_check_entry()"
        ),
        migrations.RunSQL(_VACUUM, "ALTER TABLE credits_ledgerentry RESET (autovacuum_vacuum_insert_scale_factor)"),
    ]
