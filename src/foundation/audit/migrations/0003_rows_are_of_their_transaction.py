from django.db import migrations

from foundation.db.operations import Stamped

# Above every transaction that can have written a row which is seen: no row and no seal has this number or a later one.
_NEXT = """
CREATE FUNCTION next_transaction() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                  coalesce(pg_current_xact_id_if_assigned()::text::bigint + 1, 0))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunSQL(_NEXT, "DROP FUNCTION next_transaction()"), Stamped("entry")]
