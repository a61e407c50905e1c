from django.db import migrations, models
from django.db.models import Q

_ONCE = Q(source__in=["code", "presence", "module"]) | Q(source="manual", part__in=["event", "module"])
# The turn is how many entries of this person for this event or module were taken back: with the unique key on it
# there is one entry in force at most, whoever inserts. Of two at once both have the same turn, and one is refused; who
# does not see a reversal yet has the turn of what it takes back.
_FACTS = """
CREATE OR REPLACE FUNCTION credits_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.turn := 0;
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
  IF NEW.item_id IS NOT NULL
    AND (NEW.source IN ('code', 'presence', 'module') OR NEW.source = 'manual' AND NEW.part IN ('event', 'module'))
  THEN
    SELECT count(*) INTO NEW.turn FROM credits_ledgerentry e
    WHERE e.specialist_id = NEW.specialist_id AND e.item_id = NEW.item_id
      AND (e.source IN ('code', 'presence', 'module') OR e.source = 'manual' AND e.part IN ('event', 'module'))
      AND EXISTS (SELECT FROM credits_ledgerentry r WHERE r.specialist_id = e.specialist_id AND r.reverses_id = e.id);
  END IF;
  RETURN NEW;
END $$;
"""
_BEFORE = """
CREATE OR REPLACE FUNCTION credits_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0003_proposers_withdraw")]
    operations = [
        migrations.AddField(
            model_name="ledgerentry",
            name="turn",
            field=models.SmallIntegerField(
                db_default=0, help_text="How often its event or module was taken back before; set by a trigger"
            ),
        ),
        migrations.RemoveConstraint(model_name="ledgerentry", name="credits_an_event_or_module_counts_once"),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=["specialist", "item", "turn"],
                condition=_ONCE,
                name="credits_an_event_or_module_counts_once",
            ),
        ),
        migrations.RunSQL(_FACTS, _BEFORE),
    ]
